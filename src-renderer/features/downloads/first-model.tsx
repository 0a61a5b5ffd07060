import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { DownloadList } from './download-line.tsx';
import { Suggestion } from './suggestion.tsx';
import { useSuggestions } from './use-suggestions.ts';
import classes from './downloads.module.css';

/** What Axon brings along to try it with is smaller; whoever has a larger one has chosen already. */
const sampleBytes = 300_000_000;

/** The next step of a machine that answers and has nothing but the sample to answer with. Chatting goes on meanwhile. */
export function FirstModel(): ReactNode {
  const wanted = useView(({ self }) => self.role.wanted === 'leader' && self.engine?.state.kind === 'ready');
  const poor = useView(({ self }) => self.models.every(({ sizeBytes }) => sizeBytes !== undefined && sizeBytes < sampleBytes));
  const busy = useView(({ downloads = [] }) => downloads.length > 0);
  if (!(wanted && (poor || busy))) return null;
  return <Card offer={poor && !busy} />;
}

function Card({ offer }: { offer: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const best = useSuggestions()?.find((model) => model.best);
  // there is no better one than none, and nothing to chat with meanwhile
  const some = useView(({ self }) => self.models.length > 0);
  const title = t(some ? 'downloads.firstTitle' : 'downloads.firstEver');
  if (offer && (best === undefined || best.here)) return null;
  return (
    <section className={classes.first} aria-label={title} data-testid="first-model">
      <p className={classes.firstTitle}>{title}</p>
      {offer && some && <p className={classes.firstText}>{t('downloads.firstText')}</p>}
      {offer && best !== undefined ? <Suggestion model={best} primary /> : <DownloadList />}
    </section>
  );
}
