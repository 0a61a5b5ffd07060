import { Button, Modal } from '@mantine/core';
import { Check, Copy, Download, LogOut, Plus } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { swarmMark } from '../../../src-shared/member.ts';
import { mayAsk, useAttempt, useDesktop, useNode, useView } from '../../node/index.ts';
import { ConfirmKey } from './confirm-key.tsx';
import type { KeyWay } from './confirm-key.tsx';
import classes from './key-card.module.css';

/** The key of this swarm: how it gets to the next machine, and how to leave. The key itself is never shown. */
export function KeyCard(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const fingerprint = useView((view) => view.key?.fingerprint ?? null);
  const swarm = useView((view) => view.membership.swarm);
  const listed = useView(({ membership }) => membership.standing === 'member' || membership.standing === 'admin');
  const [leaving, setLeaving] = useState(false);
  if (fingerprint === null) return null;
  const leave = async (): Promise<void> => {
    setLeaving(false);
    // Who is on the list of members takes itself off it; without one there is only the key to forget.
    await attempt(async () => await (listed ? node().members.leave() : node().key.forget()));
  };
  return (
    <div className={classes.card} data-testid="key-card">
      <div className={classes.row}>
        <span className={classes.label}>{t('key.fingerprint')}</span>
        <code className={classes.fingerprint}>{fingerprint}</code>
      </div>
      {swarm !== null && (
        <div className={classes.row}>
          <span className={classes.label}>{t('key.swarm')}</span>
          <code className={classes.fingerprint} data-testid="swarm-mark">
            {swarmMark(swarm)}
          </code>
        </div>
      )}
      <p className={classes.text}>{t('key.cardText')}</p>
      <KeyActions />
      <Button
        variant="subtle"
        color="red"
        size="compact-sm"
        leftSection={<LogOut size={14} aria-hidden />}
        onClick={() => setLeaving(true)}
        data-testid="key-leave"
      >
        {t('key.leave')}
      </Button>
      {leaving && (
        <Modal opened onClose={() => setLeaving(false)} title={t('key.leaveTitle')} closeButtonProps={{ 'aria-label': t('common.close') }}>
          <p className={classes.text}>{t('key.leaveText')}</p>
          <div className={classes.dialogActions}>
            <Button variant="default" onClick={() => setLeaving(false)} data-autofocus>
              {t('common.cancel')}
            </Button>
            <Button color="red" onClick={() => void leave()} data-testid="key-leave-confirm">
              {t('key.leave')}
            </Button>
          </div>
        </Modal>
      )}
    </div>
  );
}

/** "Add another machine": the next step on pages that are about machines. */
export function AddNext({ onAdd }: { onAdd: () => void }): ReactNode {
  const allowed = useView(mayAsk);
  const { t } = useTranslation('window');
  const member = useView((view) => view.membership.standing === 'member');
  // of no help to a device that may not ask
  if (!allowed) return null;
  return (
    <div>
      <p className={classes.inviteTitle}>{t('add.nextTitle')}</p>
      <p className={classes.inviteText}>{member ? t('add.nextTextMember') : t('add.nextText')}</p>
      <Button size="xs" variant="light" leftSection={<Plus size={14} aria-hidden />} onClick={onAdd} data-testid="add-device-open">
        {t('add.open')}
      </Button>
    </div>
  );
}

function KeyActions(): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  const [done, setDone] = useState<'saved' | 'copied' | null>(null);
  const [way, setWay] = useState<KeyWay>(null);
  const give = async (how: 'save' | 'copy'): Promise<void> => {
    await attempt(async () => {
      if (how === 'save') return setDone((await desktop().saveKey()) ? 'saved' : null);
      await desktop().copyKey();
      setDone('copied');
    });
  };
  return (
    <div className={classes.actions}>
      <Button
        size="xs"
        variant="light"
        leftSection={done === 'saved' ? <Check size={14} aria-hidden /> : <Download size={14} aria-hidden />}
        onClick={() => setWay('save')}
        data-testid="key-save"
      >
        {t('key.save')}
      </Button>
      <Button
        size="xs"
        variant="default"
        leftSection={done === 'copied' ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        onClick={() => setWay('copy')}
        data-testid="key-copy"
      >
        {t('key.copy')}
      </Button>
      <span className={classes.done} role="status">
        {done === 'copied' ? t('key.copied') : done === 'saved' ? t('key.saved') : ''}
      </span>
      <ConfirmKey way={way} onClose={() => setWay(null)} onYes={(how) => void give(how)} />
    </div>
  );
}
