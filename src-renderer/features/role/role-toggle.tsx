import { Switch } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isWithheld } from '../../../src-shared/engine.ts';
import type { RoleActual } from '../../../src-shared/role.ts';
import { callFailure, useFailureWords, useNode, useView } from '../../node/index.ts';
import { Dot, format } from '../../ui/index.ts';
import type { DotState } from '../../ui/index.ts';
import classes from './role-toggle.module.css';

/** One click makes this machine a leader or a subordinate; the words beside it say what is true now. */
export function RoleToggle(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const words = useFailureWords();
  const wanted = useView((view) => view.self.role.wanted);
  const actual = useView((view) => view.self.role.actual);
  const [busy, setBusy] = useState(false);
  const withheld = useView((view) => isWithheld(view.self.engine, view.settings));
  const state = useRoleWords(actual, withheld);

  const set = async (leader: boolean): Promise<void> => {
    setBusy(true);
    try {
      await node().role.set({ role: leader ? 'leader' : 'subordinate' });
    } catch (error) {
      const said = words(callFailure(error).code);
      notifications.show({ title: said.title, message: `${said.text} ${said.fix}`, color: 'red' });
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className={classes.toggle}>
      <div className={classes.words}>
        <label htmlFor="axon-role" className={classes.label}>
          <span className={classes.long}>{t('role.label')}</span>
          <span className={classes.short}>{t('role.labelShort')}</span>
        </label>
        <span
          className={classes.state}
          id="axon-role-state"
          data-testid="role-state"
          title={actual.kind === 'troubled' ? words(actual.failure.code).text : undefined}
        >
          <Dot state={withheld && actual.kind === 'leader' ? 'trouble' : dotOf(actual)} />{' '}
          <span className={classes.stateText}>{state}</span>
        </span>
      </div>
      <Switch
        id="axon-role"
        size="md"
        withThumbIndicator={false}
        checked={wanted === 'leader'}
        disabled={busy}
        onChange={(event) => void set(event.currentTarget.checked)}
        aria-describedby="axon-role-state"
        data-testid="role-toggle"
      />
    </div>
  );
}

function useRoleWords(actual: RoleActual, withheld: boolean): string {
  const { t, i18n } = useTranslation('window');
  const words = useFailureWords();
  switch (actual.kind) {
    case 'off':
      return t('role.off');
    case 'starting': {
      const step = t(`role.starting.${actual.step}`);
      return actual.progress === undefined ? `${step}…` : `${step} ${format.percent(actual.progress, i18n.language)}`;
    }
    case 'leader':
      if (withheld) return t('role.withheld');
      if (actual.running > 0)
        return actual.waiting > 0
          ? t('role.runningWaiting', { running: actual.running, waiting: actual.waiting })
          : t('role.running', { count: actual.running });
      return t('role.ready', { count: actual.models });
    case 'draining':
      return t('role.draining', { count: actual.running });
    case 'subordinate':
      return actual.leader === null ? t('role.nobody') : t('role.asks', { name: actual.leader.name });
    case 'troubled':
      return words(actual.failure.code).title;
  }
}

function dotOf(actual: RoleActual): DotState {
  switch (actual.kind) {
    case 'leader':
      return 'live';
    case 'starting':
    case 'draining':
      return 'busy';
    case 'subordinate':
      return actual.leader === null ? 'away' : 'idle';
    case 'troubled':
      return 'trouble';
    case 'off':
      return 'away';
  }
}
