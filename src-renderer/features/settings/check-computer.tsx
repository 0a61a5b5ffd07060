import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DoctorCheck, DoctorReport } from '../../../src-shared/doctor.ts';
import { deviceWords, useAttempt, useFailureWords, useNode } from '../../node/index.ts';
import { Dot } from '../../ui/index.ts';
import type { DotState } from '../../ui/index.ts';
import classes from './engines.module.css';

const dots: Record<DoctorCheck['outcome'], DotState> = { ok: 'live', warning: 'busy', fault: 'trouble' };

/** The self-test: what is well with this computer and what is not, each with what to do about it. */
export function CheckComputer(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const [report, setReport] = useState<DoctorReport | null>(null);
  const [busy, setBusy] = useState(false);
  const look = async (): Promise<void> => {
    setBusy(true);
    await attempt(async () => setReport(await node().doctor()));
    setBusy(false);
  };
  const amiss = report?.checks.filter(({ outcome }) => outcome !== 'ok').length ?? 0;
  return (
    <>
      <Button variant="default" size="xs" loading={busy} onClick={() => void look()} data-testid="check-computer">
        {t('doctor.open')}
      </Button>
      <p className={classes.quiet} role="status" data-testid="check-summary">
        {report === null ? '' : amiss === 0 ? t('doctor.well') : t('doctor.summary', { count: amiss })}
      </p>
      {report !== null && (
        <ul className={classes.list} aria-label={t('doctor.open')}>
          {report.checks.map((check) => (
            <li key={check.name} className={classes.engine} data-testid="check-row" data-outcome={check.outcome}>
              <Row check={check} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Row({ check }: { check: DoctorCheck }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const words = useFailureWords();
  const { name, outcome, code, device, failure } = check;
  const values = { ...check.values, ...(device === undefined ? {} : { device: deviceWords(t, i18n.language, device).name }) };
  const said = failure === undefined ? null : words(failure);
  const { text, fix } = said ?? { text: t(`doctor.text.${code}`, values), fix: t(`doctor.fix.${code}`, { ...values, defaultValue: '' }) };
  return (
    <>
      <div className={classes.head}>
        <Dot state={dots[outcome]} />
        <span className={classes.name}>{t(`doctor.name.${name}`)}</span>
        <span className="axon-unseen">{t(`doctor.outcome.${outcome}`)}</span>
      </div>
      <p className={classes.quiet}>{text}</p>
      {outcome !== 'ok' && fix !== '' && <p className={outcome === 'fault' ? classes.bad : classes.quiet}>{fix}</p>}
    </>
  );
}
