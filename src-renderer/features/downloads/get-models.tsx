import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { downloadSource, type DownloadSource } from '../../../src-shared/download.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { DownloadList } from './download-line.tsx';
import { Suggestion } from './suggestion.tsx';
import { useSuggestions } from './use-suggestions.ts';
import classes from './downloads.module.css';

/** More models for this machine: what is on its way, the recommended one, others, and any by its name or address. */
export function GetModels(): ReactNode {
  const { t } = useTranslation('window');
  const models = useSuggestions();
  const [all, setAll] = useState(false);
  const best = models?.find((model) => model.best);
  return (
    <div className={classes.get} data-testid="get-models">
      <DownloadList />
      {best !== undefined && (
        <>
          <p className={classes.label}>{t('downloads.best')}</p>
          <Suggestion model={best} primary={false} />
        </>
      )}
      {all && models?.filter((model) => !model.best).map((model) => <Suggestion key={model.title} model={model} primary={false} />)}
      {all && <ByHand />}
      <Button
        size="xs"
        variant="subtle"
        color="gray"
        className={classes.more ?? ''}
        onClick={() => setAll(!all)}
        data-testid="suggestions-more"
      >
        {t(all ? 'downloads.less' : 'downloads.more')}
      </Button>
    </div>
  );
}

function ByHand(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const engine = useView((view) => view.settings.engine);
  const [text, setText] = useState('');
  const source = sourceOf(engine, text.trim());
  const get = async (): Promise<void> => {
    if (source !== null && (await attempt(() => node().downloads.start(source)))) setText('');
  };
  return (
    <form
      className={classes.byHand}
      onSubmit={(event) => {
        event.preventDefault();
        void get();
      }}
    >
      <TextInput
        className={classes.words ?? ''}
        label={t(`downloads.byHand.${engine}`)}
        description={t(`downloads.byHand.${engine}Hint`)}
        value={text}
        maxLength={2000}
        spellCheck={false}
        autoComplete="off"
        dir="ltr"
        error={text.trim() !== '' && source === null ? t(`downloads.byHand.${engine}Bad`) : null}
        onChange={(event) => setText(event.currentTarget.value)}
        data-testid="download-by-hand"
      />
      <Button type="submit" variant="default" disabled={source === null} data-testid="download-by-hand-get">
        {t('downloads.get')}
      </Button>
    </form>
  );
}

/** null: that can be no name, or no address */
function sourceOf(engine: DownloadSource['engine'], text: string): DownloadSource | null {
  if (engine === 'ollama') return downloadSource.safeParse({ engine, name: text.includes(':') ? text : `${text}:latest` }).data ?? null;
  return /^https:\/\/.+\.gguf(\?.*)?$/i.test(text) ? (downloadSource.safeParse({ engine, url: text }).data ?? null) : null;
}
