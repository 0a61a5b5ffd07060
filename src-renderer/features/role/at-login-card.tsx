import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useDesktop, useEpoch, useView } from '../../node/index.ts';
import { Notice } from '../../ui/index.ts';

/** Once, when this computer is made a leader: whether it shall be one also before anybody opens a window. */
export function AtLoginCard(): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  const epoch = useEpoch();
  const leads = useView((view) => view.self.role.wanted === 'leader');
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    if (!leads) return setAsking(false);
    desktop()
      .askAutostart()
      .then(setAsking, () => setAsking(false));
  }, [desktop, epoch, leads]);
  if (!asking) return null;
  const answer = async (work: () => Promise<unknown>): Promise<void> => {
    if (await attempt(work)) setAsking(false);
  };
  return (
    <Notice
      bar
      tone="quiet"
      title={t('role.login.title')}
      testId="at-login-card"
      actions={
        <>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => void answer(async () => await desktop().setAutostart({ on: true }))}
            data-testid="at-login-yes"
          >
            {t('role.login.yes')}
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            onClick={() => void answer(async () => await desktop().declineAutostart())}
            data-testid="at-login-no"
          >
            {t('role.login.no')}
          </Button>
        </>
      }
    >
      {t('role.login.text')}
    </Notice>
  );
}
