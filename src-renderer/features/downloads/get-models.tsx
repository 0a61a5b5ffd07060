import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { ByHand } from './by-hand.tsx';
import { DownloadList } from './download-line.tsx';
import { SuggestionList } from './suggestion-list.tsx';
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
  return (
    <div className={classes.get} data-testid="get-models">
      <DownloadList />
      {engine === 'openai' ? (
        <p className={classes.note}>{t('downloads.byServer')}</p>
      ) : (
        <SuggestionList
          models={models}
          label={t('downloads.best')}
          line={(model) => <Suggestion key={model.title} model={model} primary={false} />}
        >
          <ByHand engine={engine} onGet={(source) => attempt(() => node().downloads.start(source))} />
        </SuggestionList>
      )}
    </div>
  );
}
