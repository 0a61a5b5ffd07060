import { Button, Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Check, Copy, Download, LogOut } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { callFailure, useDesktop, useFailureWords, useNode, useView } from '../../node/index.ts';
import classes from './key-card.module.css';

/** The key of this swarm: how it gets to the next machine, and how to leave. The key itself is never shown. */
export function KeyCard(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const words = useFailureWords();
  const fingerprint = useView((view) => view.key?.fingerprint ?? null);
  const [leaving, setLeaving] = useState(false);
  if (fingerprint === null) return null;
  const leave = async (): Promise<void> => {
    setLeaving(false);
    try {
      await node().key.forget();
    } catch (error) {
      const said = words(callFailure(error).code);
      notifications.show({ title: said.title, message: `${said.text} ${said.fix}`, color: 'red' });
    }
  };
  return (
    <div className={classes.card} data-testid="key-card">
      <div className={classes.row}>
        <span className={classes.label}>{t('key.fingerprint')}</span>
        <code className={classes.fingerprint}>{fingerprint}</code>
      </div>
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

/** "Put swarm.key on the next machine": for pages that are about machines. */
export function KeyInvite(): ReactNode {
  const { t } = useTranslation('window');
  return (
    <div>
      <p className={classes.inviteTitle}>{t('key.inviteTitle')}</p>
      <p className={classes.inviteText}>{t('key.inviteText')}</p>
      <KeyActions />
    </div>
  );
}

function KeyActions(): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const words = useFailureWords();
  const [done, setDone] = useState<'saved' | 'copied' | null>(null);
  const run = async (work: () => Promise<'saved' | 'copied' | null>): Promise<void> => {
    try {
      setDone(await work());
    } catch (error) {
      const said = words(callFailure(error).code);
      notifications.show({ title: said.title, message: `${said.text} ${said.fix}`, color: 'red' });
    }
  };
  return (
    <div className={classes.actions}>
      <Button
        size="xs"
        variant="light"
        leftSection={done === 'saved' ? <Check size={14} aria-hidden /> : <Download size={14} aria-hidden />}
        onClick={() => void run(async () => ((await desktop().saveKey()) ? 'saved' : null))}
        data-testid="key-save"
      >
        {t('key.save')}
      </Button>
      <Button
        size="xs"
        variant="default"
        leftSection={done === 'copied' ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        onClick={() =>
          void run(async () => {
            await desktop().copyKey();
            return 'copied';
          })
        }
        data-testid="key-copy"
      >
        {t('key.copy')}
      </Button>
      <span className={classes.done} role="status">
        {done === 'copied' ? t('key.copied') : done === 'saved' ? t('key.saved') : ''}
      </span>
    </div>
  );
}
