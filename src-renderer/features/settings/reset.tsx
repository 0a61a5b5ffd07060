import { Button, Checkbox, Modal } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { inApp, useAttempt, useDesktop, useNode, useView } from '../../node/index.ts';
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

/** Everything of this home, save what the person keeps. In a browser it is the command line's to do: the page would go with its node. */
export function ResetData(): ReactNode {
  const { t } = useTranslation('window');
  const [asked, setAsked] = useState(false);
  return (
    <>
      <p className={classes.quiet}>{t('settings.resetData.hint')}</p>
      {inApp ? (
        <Button
          variant="default"
          color="red"
          size="xs"
          className={classes.danger ?? ''}
          onClick={() => setAsked(true)}
          data-testid="reset-data"
        >
          {t('settings.resetData.button')}
        </Button>
      ) : (
        <p className={classes.quiet} data-testid="reset-data-cli">
          {t('settings.resetData.browser')} <code dir="ltr">axon reset</code>
        </p>
      )}
      <Modal
        opened={asked}
        onClose={() => setAsked(false)}
        title={t('settings.resetData.ask')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
        zIndex={400}
      >
        <ResetChoices onCancel={() => setAsked(false)} />
      </Modal>
    </>
  );
}

function ResetChoices({ onCancel }: { onCancel: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  const member = useView(({ membership }) => membership.members.length > 1);
  const [conversations, setConversations] = useState(false);
  const [models, setModels] = useState(false);
  const reset = (): void => void attempt(async () => await desktop().resetData({ keepConversations: !conversations, keepModels: !models }));
  return (
    <div className={classes.resetData}>
      <p className={classes.ask}>{t('settings.resetData.goes')}</p>
      <p className={classes.ask}>{t('settings.resetData.stays')}</p>
      {member && <p className={classes.ask}>{t('settings.resetData.leave')}</p>}
      <Checkbox
        label={t('settings.resetData.conversations')}
        checked={conversations}
        onChange={(event) => setConversations(event.currentTarget.checked)}
        data-testid="reset-data-conversations"
      />
      <Checkbox
        label={t('settings.resetData.models')}
        checked={models}
        onChange={(event) => setModels(event.currentTarget.checked)}
        data-testid="reset-data-models"
      />
      <div className={classes.actions}>
        <Button variant="default" onClick={onCancel} data-autofocus>
          {t('common.cancel')}
        </Button>
        <Button color="red" onClick={reset} data-testid="reset-data-yes">
          {t('settings.resetData.yes')}
        </Button>
      </div>
    </div>
  );
}
