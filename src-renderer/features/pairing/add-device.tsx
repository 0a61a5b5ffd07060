import { Button, Modal } from '@mantine/core';
import { CircleCheck, RotateCw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PairingView } from '../../../src-shared/member.ts';
import { useFailureWords, useView } from '../../node/index.ts';
import { CopyButton, format, Notice, useNow } from '../../ui/index.ts';
import { ApplicantCards } from './applicants.tsx';
import { Carry } from './carry.tsx';
import { useHold } from './use-hold.ts';
import type { Hold } from './use-hold.ts';
import classes from './add-device.module.css';

/** How the next machine gets in: a code while this is on screen, an invite, or the key. */
export function AddDevice({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const admin = useView((view) => view.membership.standing === 'admin');
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size={600}
      title={t('add.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      data-testid="add-device"
    >
      <div className={classes.dialog}>{admin ? <ForAdmins /> : <ForMembers />}</div>
    </Modal>
  );
}

function ForAdmins(): ReactNode {
  const { t } = useTranslation('window');
  const { hold, again } = useHold();
  return (
    <>
      <Arrivals />
      <section className={classes.way} aria-labelledby="axon-add-code">
        <h3 id="axon-add-code">{t('add.codeTitle')}</h3>
        <Code hold={hold} onAgain={again} />
      </section>
      <section className={classes.way} aria-labelledby="axon-add-carry">
        <h3 id="axon-add-carry">{t('add.carryTitle')}</h3>
        <Carry invites />
      </section>
    </>
  );
}

/** Who knocks, and who came in since this was opened. */
function Arrivals(): ReactNode {
  const { t } = useTranslation('window');
  const members = useView((view) => view.membership.members);
  const [before] = useState(() => new Set(members.map(({ peerId }) => peerId)));
  const names = members.filter(({ peerId }) => !before.has(peerId)).map(({ name }) => format.isolated(name));
  const knocking = useView((view) => view.membership.applicants.length);
  const box = useRef<HTMLDivElement>(null);
  // Who knocks is more than what the person is looking at further down.
  useEffect(() => {
    if (knocking > 0) box.current?.scrollIntoView({ block: 'end' });
  }, [knocking]);
  if (knocking === 0 && names.length === 0) return null;
  return (
    <div className={classes.arrivals} ref={box}>
      <ApplicantCards />
      {names.length > 0 && (
        <p className={classes.arrived} role="status" data-testid="arrived">
          <CircleCheck size={17} aria-hidden />
          {t('add.arrived', { names: names.join(', '), count: names.length })}
        </p>
      )}
    </div>
  );
}

function ForMembers(): ReactNode {
  const { t } = useTranslation('window');
  const admins = useView((view) => view.membership.members);
  const names = admins.filter(({ role }) => role === 'admin').map(({ name }) => format.isolated(name));
  return (
    <>
      <p className={classes.text}>{names.length === 0 ? t('add.onlyAdmins') : t('add.askAdmin', { names: names.join(', ') })}</p>
      <Carry invites={false} />
    </>
  );
}

function Code({ hold, onAgain }: { hold: Hold; onAgain: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const words = useFailureWords();
  switch (hold.kind) {
    case 'opening':
      return <div className={classes.board} aria-busy="true" />;
    case 'open':
      return <OpenCode pairing={hold.pairing} />;
    case 'closed':
      return (
        <div className={classes.board} data-closed role="status" data-testid="code-closed" data-why={hold.why}>
          <p>{t(`add.closed.${hold.why}`)}</p>
          <Button size="xs" variant="default" leftSection={<RotateCw size={14} aria-hidden />} onClick={onAgain} data-testid="new-code">
            {t('add.newCode')}
          </Button>
        </div>
      );
    case 'failed': {
      const said = words(hold.code);
      return (
        <Notice
          tone="bad"
          title={said.title}
          actions={
            <Button size="compact-sm" variant="default" onClick={onAgain}>
              {t('add.newCode')}
            </Button>
          }
        >
          {said.text} {said.fix}
        </Notice>
      );
    }
  }
}

function OpenCode({ pairing }: { pairing: PairingView }): ReactNode {
  const { t } = useTranslation('window');
  // Another machine has no use for this one's loopback.
  const addresses = pairing.addresses.filter((address) => !/^(127\.|\[::1\]|localhost:)/.test(address));
  return (
    <>
      <div className={classes.board}>
        <span className={classes.code} data-testid="code" aria-hidden translate="no">
          {pairing.code}
        </span>
        <span className="axon-unseen">{t('add.codeIs', { code: pairing.code.replaceAll('-', '').split('').join(' ') })}</span>
        <span className={classes.limits}>
          <TimeLeft until={pairing.expiresAt} />
          <span aria-hidden>·</span>
          <span data-low={pairing.triesLeft === 1 || undefined} data-testid="tries">
            {t('add.tries', { count: pairing.triesLeft })}
          </span>
        </span>
      </div>
      {addresses.length > 0 && (
        <div className={classes.addresses}>
          <span>{t('add.address', { count: addresses.length })}</span>
          {addresses.map((address) => (
            <span key={address} className={classes.address}>
              <code dir="ltr">{address}</code>
              <CopyButton text={() => address} label={t('settings.copyAddress')} copiedLabel={t('common.copied')} />
            </span>
          ))}
        </div>
      )}
    </>
  );
}

/** "1:48 left"; read out only when asked for. */
function TimeLeft({ until }: { until: number }): ReactNode {
  const { t } = useTranslation('window');
  const seconds = Math.max(0, Math.ceil((until - useNow(500)) / 1000));
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <span role="timer" data-low={seconds <= 20 || undefined} data-testid="time-left">
      {t('add.left', { time })}
    </span>
  );
}
