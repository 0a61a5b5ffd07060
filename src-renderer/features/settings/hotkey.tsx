import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { acceleratorOf, type HotkeyState } from '../../../src-shared/hotkey.ts';
import { useAttempt, useDesktop, useEpoch } from '../../node/index.ts';
import { CopyButton } from '../../ui/index.ts';
import classes from './settings-drawer.module.css';

/** The keys that show and hide the window from any program; off until they are set. */
export function HotkeyField(): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  const epoch = useEpoch();
  const [state, setState] = useState<HotkeyState | null>(null);
  const [listening, setListening] = useState(false);
  useEffect(() => {
    desktop()
      .hotkey()
      .then(setState, () => setState(null));
  }, [desktop, epoch]);
  const set = async (keys: string | null): Promise<void> => {
    await attempt(async () => setState(await desktop().setHotkey({ keys })));
  };
  return (
    <div data-testid="settings-hotkey">
      <span className={classes.label} id="axon-hotkey">
        {t('settings.hotkey.title')}
      </span>
      {state === null && <p className={classes.hint}>{t('settings.hotkey.notHere')}</p>}
      {state?.state === 'wayland' && (
        <>
          <p className={classes.hint}>{t('settings.hotkey.wayland')}</p>
          <div className={classes.address}>
            <code dir="ltr">{state.command}</code>
            <CopyButton text={() => state.command} label={t('settings.hotkey.copy')} copiedLabel={t('common.copied')} />
          </div>
        </>
      )}
      {state !== null && state.state !== 'wayland' && (
        <>
          <div className={classes.keys}>
            {listening ? (
              <Listening
                onKeys={(keys) => {
                  setListening(false);
                  void set(keys);
                }}
                onLeave={() => setListening(false)}
              />
            ) : (
              <Button
                size="xs"
                variant="default"
                onClick={() => setListening(true)}
                aria-describedby="axon-hotkey"
                data-testid="hotkey-choose"
              >
                {state.keys === null ? t('settings.hotkey.choose') : <kbd dir="ltr">{state.keys.replaceAll('+', ' + ')}</kbd>}
              </Button>
            )}
            {state.keys !== null && !listening && (
              <Button size="xs" variant="subtle" color="gray" onClick={() => void set(null)} data-testid="hotkey-off">
                {t('settings.hotkey.clear')}
              </Button>
            )}
          </div>
          {!listening && (
            <p className={classes.hint} role="status">
              {t(`settings.hotkey.${state.state}`)}
            </p>
          )}
        </>
      )}
    </div>
  );
}

/** Takes the next combination; what is pressed goes nowhere else. */
function Listening({ onKeys, onLeave }: { onKeys: (keys: string) => void; onLeave: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const [short, setShort] = useState(false);
  const press = (event: KeyboardEvent): void => {
    // the way on by keyboard stays open
    if (event.key === 'Tab' && !event.ctrlKey && !event.altKey && !event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') return onLeave();
    if (['Control', 'Alt', 'Shift', 'Meta', 'AltGraph'].includes(event.key)) return;
    const keys = acceleratorOf({
      ctrlKey: event.ctrlKey,
      altKey: event.altKey,
      shiftKey: event.shiftKey,
      metaKey: event.metaKey,
      code: event.code,
    });
    if (keys === null) setShort(true);
    else onKeys(keys);
  };
  return (
    <button
      type="button"
      className={classes.listening}
      // the person has just asked for it, by a click or a key
      // oxlint-disable-next-line jsx-a11y/no-autofocus
      autoFocus
      onKeyDown={press}
      onBlur={onLeave}
      data-testid="hotkey-listening"
    >
      {short ? t('settings.hotkey.hold') : t('settings.hotkey.press')}
    </button>
  );
}
