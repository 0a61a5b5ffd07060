import { Button, Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { swarmMark, twoSwarms } from '../../../src-shared/member.ts';
import type { AskedAdmin } from '../../../src-shared/member.ts';
import { useAttempt, useFailureWords, useNode, useView } from '../../node/index.ts';
import { Dot, format, Mark, Notice } from '../../ui/index.ts';
import { KeyFileBar } from './key-file-bar.tsx';
import { PasteInvite } from './paste-invite.tsx';
import { RecoverButton } from './recover.tsx';
import { ComparedWords } from './words.tsx';
import classes from './join.module.css';

/** Before this nobody can tell that nobody is there: machines wake up, and mDNS takes its time. */
const aloneMs = 15_000;

/**
 * This machine has the key, and nobody let it in yet: what both screens show, and what else there is to do.
 * `byAddress`: the other feature's way to a machine that does not appear by itself. `look`: to what is kept here.
 */
export function WaitingToBeLetIn({ byAddress, look }: { byAddress: ReactNode; look: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const name = useView((view) => view.self.name);
  const fingerprint = useView((view) => view.key?.fingerprint ?? null);
  const asked = useView((view) => view.membership.asked);
  const words = useFailureWords();
  // "pending" is what this whole page says.
  const trouble = useView((view) => view.troubles.find(({ code }) => code !== 'pending')?.code ?? null);
  const [typing, setTyping] = useState(false);
  const invited = useView((view) => view.membership.invited);
  const two = useView((view) => twoSwarms(view.membership));
  const refused = asked.length > 0 && asked.every(({ state }) => state === 'refused');
  return (
    <main className={classes.page} data-testid="waiting">
      <div className={classes.inner}>
        <Mark size={44} />
        <div className={classes.said}>
          <h1>{refused ? t('waiting.refusedTitle') : invited === null ? t('waiting.title') : t('waiting.invitedTitle')}</h1>
          <p>
            {refused
              ? t('waiting.refusedText')
              : invited === null
                ? t('waiting.text')
                : t('waiting.invitedText', { name: format.isolated(invited.name) })}
          </p>
        </div>
        <span className={classes.who}>
          <Trans t={t} i18nKey="waiting.name" values={{ name }} components={{ name: <strong /> }} />
        </span>
        {fingerprint !== null && (
          <span className={classes.who} data-testid="waiting-key">
            <Trans t={t} i18nKey="waiting.key" values={{ fingerprint }} components={{ key: <code /> }} />
          </span>
        )}
        <ul className={classes.asked} aria-label={t('waiting.asked')} aria-live="polite">
          {asked.map((admin) => (
            <Asked key={admin.peerId} admin={admin} byInvite={invited !== null} choosing={two && invited === null} />
          ))}
          {asked.length === 0 && (
            <li>
              <Dot state="busy" />
              <span className={classes.state}>
                {invited === null ? t('waiting.looking') : t('waiting.lookingFor', { name: format.isolated(invited.name) })}
              </span>
            </li>
          )}
        </ul>
        {two && invited === null && (
          <div className={classes.wide}>
            <Notice tone="warn" title={t('waiting.twoTitle')} testId="two-swarms">
              {t('waiting.twoText')}
            </Notice>
          </div>
        )}
        {trouble !== null && (
          <div className={classes.wide}>
            <Notice tone="bad" title={words(trouble).title} testId="waiting-trouble">
              {words(trouble).text} {words(trouble).fix}
            </Notice>
          </div>
        )}
        <KeyFileBar />
        {asked.length === 0 && invited === null && <FirstMachine />}
        {typing && <div className={classes.wide}>{byAddress}</div>}
        {look}
        <div className={classes.ways}>
          {!typing && (
            <Button variant="subtle" size="xs" color="gray" onClick={() => setTyping(true)} data-testid="waiting-address">
              {t('waiting.byAddress')}
            </Button>
          )}
          <PasteInvite variant="subtle" size="xs" />
          <RecoverButton variant="subtle" size="xs" />
          <LeaveKey />
        </div>
      </div>
    </main>
  );
}

/** `byInvite`: nobody compares anything. `choosing`: two swarms have the key, and the person says which one is theirs. */
function Asked({ admin, byInvite, choosing }: { admin: AskedAdmin; byInvite: boolean; choosing: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const refused = admin.state === 'refused';
  return (
    <li data-testid="asked" data-state={admin.state}>
      <Dot state={refused ? 'trouble' : admin.words === '' ? 'busy' : 'idle'} />
      <span className={classes.name}>
        <bdi>{admin.name}</bdi>
        {admin.swarm !== '' && <span className={classes.mark}>{t('waiting.swarm', { mark: swarmMark(admin.swarm) })}</span>}
      </span>
      {refused ? (
        <span className={classes.state}>{t('waiting.saidNo')}</span>
      ) : admin.words === '' || byInvite ? (
        <span className={classes.state}>{t('waiting.connecting')}</span>
      ) : (
        <ComparedWords words={admin.words} size="row" />
      )}
      {choosing && !refused && admin.words !== '' && (
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => void attempt(async () => await node().members.choose({ peerId: admin.peerId }))}
          data-testid="choose-swarm"
        >
          {t('waiting.choose')}
        </Button>
      )}
    </li>
  );
}

/** Nobody answers: perhaps because there is nobody yet. An offer, never the default: two starts make two swarms. */
function FirstMachine(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const [late, setLate] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), aloneMs);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  const found = async (): Promise<void> => {
    setBusy(true);
    await attempt(async () => await node().members.found());
    setBusy(false);
  };
  return (
    <section className={classes.first} aria-labelledby="axon-first" data-testid="first-machine">
      <h2 id="axon-first">{t('waiting.firstTitle')}</h2>
      <p>{t('waiting.firstText')}</p>
      <Button size="xs" variant="default" loading={busy} onClick={() => void found()} data-testid="found">
        {t('waiting.first')}
      </Button>
    </section>
  );
}

function LeaveKey(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button variant="subtle" size="xs" color="gray" onClick={() => setAsking(true)} data-testid="waiting-leave">
        {t('waiting.leave')}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('waiting.leaveTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <p>{t('waiting.leaveText')}</p>
        <div className={classes.dialogActions}>
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color="red" onClick={() => void attempt(async () => await node().key.forget())} data-testid="waiting-leave-confirm">
            {t('waiting.leave')}
          </Button>
        </div>
      </Modal>
    </>
  );
}
