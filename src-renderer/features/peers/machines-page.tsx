import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { Notice } from '../../ui/index.ts';
import { AddAddress } from './add-address.tsx';
import { MachineCard } from './machine-card.tsx';
import { useMachines } from './use-machines.ts';
import classes from './machines-page.module.css';

/** Everything about every machine. `focus`: the one to bring into sight. The rest belongs to other features; the shell passes it in. */
export function MachinesPage({
  focus,
  actions,
  footOf,
  below,
}: {
  focus: string | null;
  actions: ReactNode;
  /** What is said at the foot of the card of this peer id. */
  footOf: (peerId: string) => ReactNode;
  below: ReactNode;
}): ReactNode {
  const { t } = useTranslation('window');
  const list = useMachines();
  const others = useView((view) => view.otherSwarms);
  return (
    <section className={classes.page} aria-labelledby="axon-machines">
      <div className={classes.inner}>
        <header className={classes.head}>
          <h1 id="axon-machines" className={classes.title}>
            {t('machines.title')}
          </h1>
          <div className={classes.actions}>{actions}</div>
        </header>
        {others > 0 && (
          <Notice tone="quiet" title={t('machines.otherSwarm', { count: others })} testId="other-swarm" live="off">
            {t('machines.otherSwarmText')}
          </Notice>
        )}
        <ul className={classes.cards}>
          {list.map((machine) => (
            <MachineCard key={machine.id} machine={machine} inSight={focus === machine.id} foot={footOf(machine.id)} />
          ))}
        </ul>
        {below}
        <div className={classes.add}>
          <AddAddress />
        </div>
      </div>
    </section>
  );
}
