import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useNode } from '../../node/index.ts';
import classes from './engines.module.css';

/** All settings as on the first day; it says before what stays. */
export function Reset(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const [asked, setAsked] = useState(false);
  const reset = async (): Promise<void> => {
    if (await attempt(async () => await node().settings.reset())) setAsked(false);
  };
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setAsked(true)} data-testid="settings-reset">
        {t('settings.reset.button')}
      </Button>
      <Modal
        opened={asked}
        onClose={() => setAsked(false)}
        title={t('settings.reset.ask')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
        zIndex={400}
      >
        <p className={classes.ask}>{t('settings.reset.text')}</p>
        <div className={classes.actions}>
          <Button variant="default" onClick={() => setAsked(false)} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button onClick={() => void reset()} data-testid="settings-reset-yes">
            {t('settings.reset.yes')}
          </Button>
        </div>
      </Modal>
    </>
  );
}
