import { Badge, Button } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DiscoveryFinding, DiscoveryReport } from '../../../src-shared/discovery.ts';
import { useEpoch, useNode, useView } from '../../node/index.ts';
import classes from './nobody-found.module.css';

/** While the page is open it is looked at again this often: cables are plugged in, VPNs are switched off. ms */
const lookEveryMs = 5_000;

/** No machine is found: what this one can see of the reason, and what helps. Nothing while there is another machine. */
export function NobodyFound(): ReactNode {
  const { t } = useTranslation('window');
  const alone = useView((view) => !view.peers.some(({ state }) => state === 'connected'));
  const report = useDiscovery(alone);
  if (!alone || report === null) return null;
  return (
    <section className={classes.card} aria-labelledby="axon-nobody-found" data-testid="nobody-found">
      <h2 id="axon-nobody-found" className={classes.title}>
        {t('discovery.title')}
      </h2>
      <p className={classes.text}>{t('discovery.text')}</p>
      {report.findings.length > 0 && (
        <ul className={classes.list}>
          {report.findings.map((finding) => (
            <li key={finding.cause} className={classes.cause} data-testid={`cause-${finding.cause}`}>
              <Cause finding={finding} />
            </li>
          ))}
        </ul>
      )}
      {report.findings.length === 0 && <p className={classes.text}>{report.settled ? t('discovery.nothing') : t('discovery.listening')}</p>}
      <p className={classes.text}>{t('discovery.anyway')}</p>
    </section>
  );
}

/** The line in the chat's empty page that leads there. */
export function NobodyFoundHint({ onOpen }: { onOpen: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const missed = useView(
    ({ peers, membership, otherSwarms }) =>
      !peers.some(({ state }) => state === 'connected') && (membership.members.length > 1 || otherSwarms > 0),
  );
  if (!missed) return null;
  return (
    <Button size="xs" variant="subtle" color="gray" className={classes.hint ?? ''} onClick={onOpen} data-testid="nobody-found-open">
      {t('discovery.why')}
    </Button>
  );
}

function Cause({ finding: { cause, certainty } }: { finding: DiscoveryFinding }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <>
      <div className={classes.head}>
        <h3 className={classes.name}>{t(`discovery.causes.${cause}.title`)}</h3>
        <Badge size="sm" radius="sm" tt="none" variant="light" color="gray">
          {t(`discovery.${certainty}`)}
        </Badge>
      </div>
      <p className={classes.text}>{t(`discovery.causes.${cause}.text`)}</p>
      <p className={classes.fix}>{t(`discovery.causes.${cause}.fix`)}</p>
    </>
  );
}

/** null: not looked at yet */
function useDiscovery(wanted: boolean): DiscoveryReport | null {
  const node = useNode();
  const epoch = useEpoch();
  const [report, setReport] = useState<DiscoveryReport | null>(null);
  const look = useCallback(async () => {
    await node()
      .discovery()
      .then(setReport, () => undefined);
  }, [node]);
  useEffect(() => {
    if (!wanted) return;
    void look();
    const timer = setInterval(() => void look(), lookEveryMs);
    return () => clearInterval(timer);
  }, [look, wanted, epoch]);
  return report;
}
