import { Switch } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isWithheld } from '../../../src-shared/engine.ts';
import type { Pause } from '../../../src-shared/peer.ts';
import type { Role, RoleActual } from '../../../src-shared/role.ts';
import { mayAsk, useAttempt, useEngineWords, useFailureWords, useNode, useView } from '../../node/index.ts';
import { Dot, format, useNow } from '../../ui/index.ts';
import type { DotState } from '../../ui/index.ts';
import { isLeading } from './leading.ts';
import { RoleMenu } from './role-menu.tsx';
import classes from './role-toggle.module.css';

/**
 * One click makes this machine a leader or a subordinate; the words beside it say what is true now. The rest is behind the arrow.
 * While the role is automatic the switch shows what came of it, and a click decides by hand again.
 */
export function RoleToggle(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const words = useFailureWords();
  const wanted = useView((view) => view.self.role.wanted);
  const actual = useView((view) => view.self.role.actual);
  const paused = useView((view) => view.self.paused);
  const [busy, setBusy] = useState(false);
  const withheld = useView((view) => isWithheld(view.self.engine, view.settings));
  const allowed = useView(mayAsk);
  const state = useRoleWords(actual, withheld, paused, allowed);
  const leads = actual.kind === 'leader';

  const set = async (role: Role): Promise<void> => {
    setBusy(true);
    await attempt(async () => await node().role.set({ role }));
    setBusy(false);
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
          title={actual.kind === 'troubled' ? words(actual.failure.code).text : state}
        >
          <Dot state={leads && withheld ? 'trouble' : leads && (paused !== null || actual.models === 0) ? 'busy' : dotOf(actual)} />{' '}
          <span className={classes.stateText}>{wanted === 'auto' ? t('role.automatic', { state }) : state}</span>
        </span>
      </div>
      <Switch
        id="axon-role"
        size="md"
        withThumbIndicator={false}
        checked={wanted === 'leader' || (wanted === 'auto' && isLeading(actual))}
        disabled={busy}
        onChange={(event) => void set(event.currentTarget.checked ? 'leader' : 'subordinate')}
        aria-describedby="axon-role-state"
        data-testid="role-toggle"
      />
      <RoleMenu onRole={(role) => void set(role)} />
    </div>
  );
}

function useRoleWords(actual: RoleActual, withheld: boolean, paused: Pause | null, allowed: boolean): string {
  const { t, i18n } = useTranslation('window');
  const down = useEngineWords();
  const words = useFailureWords();
  const now = useNow(60_000);
  switch (actual.kind) {
    case 'off':
      return t('role.off');
    case 'starting': {
      const step = t(`role.starting.${actual.step}`);
      return actual.progress === undefined ? `${step}…` : `${step} ${format.percent(actual.progress, i18n.language)}`;
    }
    case 'leader':
      if (withheld) return t('role.withheld');
      if (paused !== null) {
        return paused.until === undefined
          ? t(`role.paused.${paused.why}`)
          : t(`role.pausedUntil.${paused.why}`, { time: format.clock(paused.until, now, i18n.language) });
      }
      if (actual.running > 0)
        return actual.waiting > 0
          ? t('role.runningWaiting', { running: actual.running, waiting: actual.waiting })
          : t('role.running', { count: actual.running });
      return actual.models === 0 ? t('role.noModel') : t('role.ready', { count: actual.models });
    case 'draining':
      return t('role.draining', { count: actual.running });
    case 'subordinate':
      return actual.leader === null ? t(allowed ? 'role.nobody' : 'role.notAllowed') : t('role.asks', { name: actual.leader.name });
    case 'troubled':
      if (down !== null) return down.title;
      return actual.failure.code === 'model-missing' ? t('role.noModel') : words(actual.failure.code).title;
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
