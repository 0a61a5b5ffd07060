import { Button, PasswordInput } from '@mantine/core';
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { serverKeyText } from '../../../src-shared/local-engine.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import classes from './settings-drawer.module.css';

/** The key that the server of the settings may want. It goes to the node, and never comes back. */
export function ServerKeyField(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const address = useView((view) => view.settings.openaiUrl);
  const from = useView((view) => view.self.serverKey);
  const sealed = useView((view) => view.self.identity === 'sealed');
  const [typed, setTyped] = useState('');
  const field = useRef<HTMLInputElement>(null);
  if (address === undefined) return null;
  const bad = typed.trim() !== '' && !serverKeyText.safeParse(typed).success;
  const keep = async (key: string | null): Promise<void> => {
    if (!(await attempt(() => node().engines.setKey({ key })))) return;
    setTyped('');
    // the button that had the focus goes away
    field.current?.focus();
  };
  const kept = from === 'kept';
  return (
    <div data-testid="server-key">
      <form
        className={classes.secret}
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== '' && !bad) void keep(typed);
        }}
      >
        <PasswordInput
          ref={field}
          label={t('settings.serverKey.label')}
          description={
            from === 'environment'
              ? t('settings.serverKey.environment')
              : kept
                ? t(sealed ? 'settings.serverKey.keptSealed' : 'settings.serverKey.keptFile', { address })
                : t('settings.serverKey.hint')
          }
          placeholder={kept ? '••••••••' : ''}
          value={typed}
          error={bad ? t('settings.serverKey.bad') : null}
          maxLength={1000}
          disabled={from === 'environment'}
          autoComplete="off"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': t('settings.serverKey.show') }}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-testid="server-key-text"
        />
        {typed.trim() !== '' && (
          <Button type="submit" variant="default" size="xs" disabled={bad} data-testid="server-key-keep">
            {t('settings.serverKey.keep')}
          </Button>
        )}
        {typed.trim() === '' && kept && (
          <Button variant="default" size="xs" onClick={() => void keep(null)} data-testid="server-key-forget">
            {t('settings.serverKey.forget')}
          </Button>
        )}
      </form>
    </div>
  );
}
