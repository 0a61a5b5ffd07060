import { Button, SegmentedControl, Switch } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isAnswering } from '../../../src-shared/role.ts';
import { defaultUpdates, type UpdateChannel, type UpdatesState } from '../../../src-shared/updates.ts';
import { useAttempt, useDesktop, useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import { useOverride } from './use-override.ts';
import { useSaveSettings } from './use-save-settings.ts';
import classes from './settings-drawer.module.css';

/** While the card is seen: a download moves. */
const lookMs = 1000;
const channels: UpdateChannel[] = ['stable', 'beta'];

/** Whether the app updates itself, and how far that is. A copy that cannot says why. answering: an answer is on its way into this window */
export function Updates({ answering }: { answering: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const attempt = useAttempt();
  const desktop = useDesktop();
  const wishes = useView((view) => view.settings.updates) ?? defaultUpdates;
  const serving = useView((view) => isAnswering(view.self.role.actual));
  const by = useOverride('updates');
  const [state, look] = useUpdates();
  if (state === null) return <p className={classes.hint}>{t('settings.updates.notHere')}</p>;
  if (state.unsupported !== null) {
    return (
      <p className={classes.hint} data-testid="settings-updates">
        {t(`settings.updates.unsupported.${state.unsupported}`)}
      </p>
    );
  }
  const check = async (): Promise<void> => {
    await attempt(async () => await desktop().checkUpdates());
    look();
  };
  const { phase } = state;
  return (
    <div className={classes.section} data-testid="settings-updates">
      <Switch
        withThumbIndicator={false}
        label={t('settings.updates.on')}
        description={by.why ?? t('settings.updates.onHint')}
        checked={wishes.on}
        disabled={by.fixed}
        onChange={(event) => void save({ updates: { ...wishes, on: event.currentTarget.checked } })}
        data-testid="updates-on"
      />
      {wishes.on && (
        <>
          <SegmentedControl
            fullWidth
            aria-label={t('settings.updates.channel')}
            value={wishes.channel}
            disabled={by.fixed}
            data={channels.map((value) => ({ value, label: t(`settings.updates.channels.${value}`) }))}
            onChange={(value) => void save({ updates: { ...wishes, channel: value as UpdateChannel } })}
          />
          <Phase state={state} />
          {phase.kind === 'ready' && (
            <>
              {phase.notes !== '' && (
                <details className={classes.file} open>
                  <summary>{t('settings.updates.notes')}</summary>
                  {/* it scrolls: the keyboard must reach it */}
                  {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
                  <pre tabIndex={0}>{phase.notes}</pre>
                </details>
              )}
              {(serving || answering) && <p className={classes.hint}>{t('settings.updates.busy')}</p>}
              <Button
                size="xs"
                disabled={serving || answering}
                onClick={() => void attempt(async () => await desktop().restartToUpdate())}
                data-testid="updates-restart"
              >
                {t('settings.updates.restart')}
              </Button>
            </>
          )}
          {(phase.kind === 'idle' || phase.kind === 'failed') && (
            <Button size="xs" variant="default" onClick={() => void check()} data-testid="updates-look">
              {t('settings.updates.look')}
            </Button>
          )}
        </>
      )}
    </div>
  );
}

function Phase({ state: { phase, checkedAt } }: { state: UpdatesState }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const time = checkedAt === null ? '' : new Date(checkedAt).toLocaleTimeString(i18n.language, { hour: '2-digit', minute: '2-digit' });
  return (
    <p className={classes.hint} data-testid="updates-phase">
      <span role="status">
        {phase.kind === 'idle' && (checkedAt === null ? t('settings.updates.notYet') : t('settings.updates.looked', { time }))}
        {phase.kind === 'checking' && t('settings.updates.checking')}
        {phase.kind === 'downloading' && t('settings.updates.downloading', { version: phase.version })}
        {phase.kind === 'ready' && t('settings.updates.ready', { version: phase.version })}
        {phase.kind === 'failed' && t(`settings.updates.failed.${phase.fault}`)}
      </span>
      {/* beside what is told: a figure that runs would be read out every second */}
      {phase.kind === 'downloading' && ` ${format.percent(phase.share, i18n.language)}`}
    </p>
  );
}

/** The state, and a way to ask for it at once. null: only the app updates itself. */
function useUpdates(): [UpdatesState | null, () => void] {
  const desktop = useDesktop();
  const [state, setState] = useState<UpdatesState | null>(null);
  const look = useCallback(() => {
    desktop()
      .updates()
      .then(setState, () => setState(null));
  }, [desktop]);
  useEffect(() => {
    look();
    const timer = setInterval(look, lookMs);
    return () => clearInterval(timer);
  }, [look]);
  return [state, look];
}
