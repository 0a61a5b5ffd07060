import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { format, Notice, useNow } from '../../ui/index.ts';

/** The owner's own pause, and its end. What the machine pauses for by itself ends by itself: the role's state says it. */
export function PausedBar(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const paused = useView((view) => view.self.paused);
  const now = useNow(60_000);
  if (paused?.why !== 'owner') return null;
  return (
    <Notice
      bar
      tone="quiet"
      title={
        paused.until === undefined
          ? t('role.pausedTitle')
          : t('role.pausedUntilTitle', { time: format.clock(paused.until, now, i18n.language) })
      }
      testId="paused-bar"
      actions={
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => void attempt(async () => await node().pause({ minutes: null }))}
          data-testid="resume-others"
        >
          {t('role.resume')}
        </Button>
      }
    >
      {t('role.pausedText')}
    </Notice>
  );
}
