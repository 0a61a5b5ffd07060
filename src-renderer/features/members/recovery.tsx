import { Button } from '@mantine/core';
import { LifeBuoy } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useDesktop, useView } from '../../node/index.ts';
import { Notice } from '../../ui/index.ts';
import { isLastAdmin, useAdmin } from './use-members.ts';
import classes from './members.module.css';

/** The recovery code in the settings. `recover`: the other feature's button for using one. */
export function RecoveryCard({ recover }: { recover: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const admin = useAdmin();
  const made = useView((view) => view.membership.recovery);
  return (
    <div data-testid="recovery">
      <span className={classes.label}>{t('recover.card')}</span>
      <p className={classes.text}>{admin ? t('recover.cardText') : t('recover.memberText')}</p>
      <div className={classes.row}>{admin ? <SaveRecovery /> : recover}</div>
      {admin && <p className={classes.hint}>{made ? t('recover.made') : t('recover.notMade')}</p>}
    </div>
  );
}

function SaveRecovery(): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  const made = useView((view) => view.membership.recovery);
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<LifeBuoy size={14} aria-hidden />}
      onClick={() => void attempt(async () => await desktop().saveRecovery())}
      data-testid="recovery-save"
    >
      {made ? t('recover.saveNew') : t('recover.save')}
    </Button>
  );
}

const remindedKey = 'axon.recovery-reminded';

/** Told once to who would be missed: the only admin of others, without a recovery code. */
export function RecoveryReminder(): ReactNode {
  const { t } = useTranslation('window');
  const wanted = useView(
    ({ membership, self }) =>
      membership.standing === 'admin' && !membership.recovery && self.peerId !== null && isLastAdmin(membership, self.peerId),
  );
  const [reminded, setReminded] = useState(() => read() !== null);
  if (!wanted || reminded) return null;
  const later = (): void => {
    write();
    setReminded(true);
  };
  return (
    <Notice
      bar
      tone="quiet"
      title={t('recover.reminderTitle')}
      testId="recovery-reminder"
      actions={
        <>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={later} data-testid="recovery-later">
            {t('recover.later')}
          </Button>
          <SaveRecovery />
        </>
      }
    >
      {t('recover.reminderText')}
    </Notice>
  );
}

function read(): string | null {
  try {
    return window.localStorage.getItem(remindedKey);
  } catch {
    return null;
  }
}

function write(): void {
  try {
    window.localStorage.setItem(remindedKey, 'yes');
  } catch {
    // Without storage it is said again at the next start.
  }
}
