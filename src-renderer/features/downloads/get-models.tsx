import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { ByHand } from './by-hand.tsx';
import { DownloadList } from './download-line.tsx';
import { Suggestion } from './suggestion.tsx';
import { useSuggestions } from './use-suggestions.ts';
import classes from './downloads.module.css';

/** More models for this machine: what is on its way, the recommended one, others, and any by its name or address. */
export function GetModels(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const engine = useView((view) => view.settings.engine);
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
      {all && <ByHand engine={engine} onGet={(source) => attempt(() => node().downloads.start(source))} />}
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
