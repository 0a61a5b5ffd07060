import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { gpuLine, useNode, useView } from '../../node/index.ts';
import classes from './role-toggle.module.css';

/** The same switch as the toggle's, said as the next step, with what this machine has to offer. */
export function AnswerHere(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const node = useNode();
  const wanted = useView((view) => view.self.role.wanted);
  const gpu = useView((view) => view.self.hardware.gpus[0] ?? null);
  const unknown = useView((view) => view.self.hardware.unknown?.includes('gpus') === true);
  if (wanted === 'leader') return null;
  return (
    <div className={classes.here}>
      <p className={classes.hereTitle}>{t('role.hereTitle')}</p>
      <p className={classes.hereText} data-testid="answer-here-facts">
        {gpu !== null ? t('role.hereGpu', { gpu: gpuLine(t, i18n.language, gpu) }) : unknown ? t('role.hereUnknown') : t('role.hereCpu')}
      </p>
      <Button size="xs" onClick={() => void node().role.set({ role: 'leader' })} data-testid="answer-here">
        {t('role.letThisOne')}
      </Button>
    </div>
  );
}
