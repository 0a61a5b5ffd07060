import { Button } from '@mantine/core';
import { Hourglass } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLinkState, useView } from '../../node/index.ts';
import { chat } from './chat.ts';
import { whoAnswers } from './who-answers.ts';
import classes from './composer.module.css';

/** While nobody answers: what is written is asked once some machine is back. Of a window that its node left there is nobody to wait. */
export function SendLater({ sendable }: { sendable: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const linked = useLinkState().kind === 'connected';
  const nobody = useView((view) => ['none', 'no-engine'].includes(whoAnswers(view).kind));
  if (!linked || !nobody || !sendable) return null;
  return (
    <Button
      className={classes.later}
      size="compact-sm"
      variant="default"
      leftSection={<Hourglass size={13} aria-hidden />}
      onClick={() => chat.send(true)}
      data-testid="send-later"
    >
      {t('chat.sendLater')}
    </Button>
  );
}
