import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { downloadSource, type DownloadSource } from '../../../src-shared/download.ts';
import classes from './downloads.module.css';

type Kind = DownloadSource['engine'];

/** Any model by its name or address. `onGet` resolves to whether it was taken. */
export function ByHand({ engine, onGet }: { engine: Kind; onGet: (source: DownloadSource) => Promise<boolean> }): ReactNode {
  const { t } = useTranslation('window');
  const [text, setText] = useState('');
  const source = sourceOf(engine, text.trim());
  const get = async (): Promise<void> => {
    if (source !== null && (await onGet(source))) setText('');
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
function sourceOf(engine: Kind, text: string): DownloadSource | null {
  if (engine === 'ollama') return downloadSource.safeParse({ engine, name: text.includes(':') ? text : `${text}:latest` }).data ?? null;
  return /^https:\/\/.+\.gguf(\?.*)?$/i.test(text) ? (downloadSource.safeParse({ engine, url: text }).data ?? null) : null;
}
