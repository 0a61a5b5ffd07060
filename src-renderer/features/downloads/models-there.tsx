import { Button } from '@mantine/core';
import { ChevronDown, ChevronUp, Download } from 'lucide-react';
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { sameSource, type DownloadSource, type SuggestedModel } from '../../../src-shared/download.ts';
import { leadsNow } from '../../../src-shared/peer.ts';
import { useAttempt, useFailureWords, useNode, useView } from '../../node/index.ts';
import { ByHand } from './by-hand.tsx';
import { DownloadLine } from './download-line.tsx';
import { SuggestionList } from './suggestion-list.tsx';
import { SuggestionLine } from './suggestion.tsx';
import { useModelsThere, type ModelsThereNow } from './use-models-there.ts';
import classes from './downloads.module.css';

/** For the card of another machine that leads: has it download a model, if an admin lets this device do that. */
export function ModelsThere({ peerId }: { peerId: string }): ReactNode {
  const { t } = useTranslation('window');
  const id = useId();
  const leads = useView(({ peers }) => {
    const peer = peers.find((one) => one.peerId === peerId);
    return peer?.state === 'connected' && leadsNow(peer.offer);
  });
  const may = useView(({ membership }) => membership.members.find(({ self }) => self)?.permissions.models === true);
  const [opened, setOpened] = useState(false);
  if (!leads) return null;
  const Arrow = opened ? ChevronUp : ChevronDown;
  return (
    <section className={classes.there} data-testid="models-there">
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        className={classes.more ?? ''}
        leftSection={<Download size={13} aria-hidden />}
        rightSection={<Arrow size={13} aria-hidden />}
        aria-expanded={opened}
        aria-controls={id}
        onClick={() => setOpened((old) => !old)}
        data-testid="models-there-open"
      >
        {t('downloads.there.open')}
      </Button>
      <div id={id} className={classes.get} hidden={!opened}>
        {opened && (may ? <Choices peerId={peerId} /> : <NotAllowed />)}
      </div>
    </section>
  );
}

function Choices({ peerId }: { peerId: string }): ReactNode {
  const { t } = useTranslation('window');
  const words = useFailureWords();
  const { now, failure, get } = useModelsThere(peerId);
  const engine = useView(({ peers }) => peers.find((one) => one.peerId === peerId)?.offer?.leads?.engine.kind);
  if (failure !== null) {
    const said = words(failure);
    return (
      <p className={classes.failed} role="status" data-testid="models-there-failed">
        <strong>{said.title}.</strong> {said.text} {said.fix}
      </p>
    );
  }
  if (now === null) return <p className={classes.quiet}>{t('downloads.starting')}</p>;
  return (
    <>
      {now.downloads.map((one) => (
        <div key={one.id} data-testid="download-there" data-state={one.state}>
          <DownloadLine download={one} actions={null} />
        </div>
      ))}
      <SuggestionList
        models={now.suggested}
        label={t('downloads.there.best')}
        line={(model) => <Line key={model.title} model={model} now={now} get={get} />}
      >
        {(engine === 'embedded' || engine === 'ollama') && <ByHand engine={engine} onGet={get} />}
      </SuggestionList>
    </>
  );
}

type Get = (source: DownloadSource) => Promise<boolean>;

function Line({ model, now, get }: { model: SuggestedModel; now: NonNullable<ModelsThereNow['now']>; get: Get }): ReactNode {
  const { t } = useTranslation('window');
  const onItsWay = now.downloads.some(({ source, state }) => state !== 'done' && state !== 'failed' && sameSource(source, model.source));
  return (
    <SuggestionLine
      model={model}
      primary={false}
      fit={t(`downloads.there.fit.${model.fit}`)}
      here={t('downloads.there.here')}
      onItsWay={onItsWay}
      onGet={() => void get(model.source)}
    />
  );
}

/** An admin needs nobody else for that. */
function NotAllowed(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const self = useView(({ membership }) => membership.members.find((one) => one.self));
  const allow = async (): Promise<void> => {
    if (self === undefined) return;
    const { peerId, permissions } = self;
    await attempt(async () => await node().members.setPermissions({ peerId, permissions: { ...permissions, models: true } }));
  };
  return (
    <>
      <p className={classes.quiet} data-testid="models-there-denied">
        {t(self?.role === 'admin' ? 'downloads.there.deniedAdmin' : 'downloads.there.denied')}
      </p>
      {self?.role === 'admin' && (
        <Button size="xs" variant="default" className={classes.start ?? ''} onClick={() => void allow()} data-testid="models-there-allow">
          {t('downloads.there.allow')}
        </Button>
      )}
    </>
  );
}
