import { Button } from '@mantine/core';
import { Unplug } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useNode } from '../../node/index.ts';
import { PasteInvite } from './paste-invite.tsx';
import classes from './join.module.css';

/** An admin took this machine out: what that means, and the two ways on. `look`: the other feature's way to what is kept here. */
export function Removed({ look }: { look: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const [busy, setBusy] = useState(false);
  const again = async (): Promise<void> => {
    setBusy(true);
    await attempt(async () => await node().key.forget());
    setBusy(false);
  };
  return (
    <main className={classes.page} data-testid="removed">
      <div className={classes.inner}>
        <Unplug size={40} strokeWidth={1.6} aria-hidden className={classes.out} />
        <div className={classes.said}>
          <h1>{t('removed.title')}</h1>
          <p>{t('removed.text')}</p>
          <p>{t('removed.fix')}</p>
        </div>
        <div className={classes.buttons}>
          {look}
          <PasteInvite variant="default" />
          <Button variant="default" loading={busy} onClick={() => void again()} data-testid="start-over">
            {t('removed.again')}
          </Button>
        </div>
      </div>
    </main>
  );
}
