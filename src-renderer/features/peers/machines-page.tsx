import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { Notice } from '../../ui/index.ts';
import { AddAddress } from './add-address.tsx';
import { MachineCard } from './machine-card.tsx';
import { useMachines } from './use-machines.ts';
import classes from './machines-page.module.css';

/** Everything about every machine. `focus`: the machine to bring into sight, or 'add' for the address box. `invite`: how the key gets to the next machine. */
export function MachinesPage({ focus, invite }: { focus: string | null; invite: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const list = useMachines();
  const others = useView((view) => view.otherSwarms);
  return (
    <section className={classes.page} aria-labelledby="axon-machines">
      <div className={classes.inner}>
        <h1 id="axon-machines" className={classes.title}>
          {t('machines.title')}
        </h1>
        {others > 0 && (
          <Notice tone="quiet" title={t('machines.otherSwarm', { count: others })} testId="other-swarm" live="off">
            {t('machines.otherSwarmText')}
          </Notice>
        )}
        <ul className={classes.cards}>
          {list.map((machine) => (
            <MachineCard key={machine.id} machine={machine} inSight={focus === machine.id} />
          ))}
        </ul>
        <AddSection focused={focus === 'add'} invite={invite} />
      </div>
    </section>
  );
}

function AddSection({ focused, invite }: { focused: boolean; invite: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const section = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!focused) return;
    section.current?.scrollIntoView({ block: 'nearest' });
    section.current?.querySelector('input')?.focus();
  }, [focused]);
  return (
    <div ref={section} className={classes.add} role="group" aria-label={t('machines.add')}>
      <div className={classes.ways}>
        <div className={classes.way}>{invite}</div>
        <div className={classes.way}>
          <AddAddress />
        </div>
      </div>
    </div>
  );
}
