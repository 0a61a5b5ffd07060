import { SegmentedControl, Select } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { Notice } from '../../ui/index.ts';
import { AddAddress } from './add-address.tsx';
import { MachineCard } from './machine-card.tsx';
import { MachineDetails } from './machine-details.tsx';
import { MachineTable } from './machine-table.tsx';
import { hasModel, modelNames } from './machines.ts';
import type { Machine, QuestionRoute } from './machines.ts';
import { chosenShape, keepShape, shapes, usualShape } from './shape.ts';
import type { Shape } from './shape.ts';
import { useMachines } from './use-machines.ts';
import { VulnerableEngine } from './vulnerable-engine.tsx';
import classes from './machines-page.module.css';

/** xyflow and d3, when somebody looks at the map. */
const MachineMap = lazy(async () => ({ default: (await import('./machine-map.tsx')).MachineMap }));

/** Everything about every machine. `focus`: the one to bring into sight. The rest belongs to other features; the shell passes it in. */
export function MachinesPage({
  focus,
  routes,
  actions,
  footOf,
  below,
}: {
  focus: string | null;
  /** Where questions of this window are now. */
  routes: readonly QuestionRoute[];
  actions: ReactNode;
  /** What is said at the foot of the card of this peer id. */
  footOf: (peerId: string) => ReactNode;
  below: ReactNode;
}): ReactNode {
  const { t } = useTranslation('window');
  const list = useMachines();
  const others = useView((view) => view.otherSwarms);
  const { shape, choose } = useShape(list.length);
  return (
    <section className={classes.page} aria-labelledby="axon-machines">
      <div className={classes.inner} data-shape={shape}>
        <header className={classes.head}>
          <h1 id="axon-machines" className={classes.title}>
            {t('machines.title')}
          </h1>
          {choose !== null && (
            <SegmentedControl
              size="xs"
              classNames={{ root: classes.shape ?? '', control: classes.shapeOne ?? '', label: classes.shapeName ?? '' }}
              aria-label={t('machines.as.label')}
              value={shape}
              onChange={choose}
              data={shapes.map((value) => ({ value, label: t(`machines.as.${value}`) }))}
              data-testid="machines-as"
            />
          )}
          <div className={classes.actions}>{actions}</div>
        </header>
        {others > 0 && (
          <Notice tone="quiet" title={t('machines.otherSwarm', { count: others })} testId="other-swarm" live="off">
            {t('machines.otherSwarmText')}
          </Notice>
        )}
        <VulnerableEngine />
        {shape === 'cards' ? (
          <ul className={classes.cards}>
            {list.map((machine) => (
              <MachineCard key={machine.id} machine={machine} inSight={focus === machine.id} foot={footOf(machine.id)} />
            ))}
          </ul>
        ) : (
          <Overview shape={shape} list={list} routes={routes} focus={focus} footOf={footOf} />
        )}
        {below}
        <div className={classes.add}>
          <AddAddress />
        </div>
      </div>
    </section>
  );
}

/** Narrow windows have cards. `choose`: null where there is nothing to choose */
function useShape(count: number): { shape: Shape; choose: ((shape: string) => void) | null } {
  const wide = useMediaQuery('(width >= 1000px)', undefined, { getInitialValueInEffect: false });
  const [chosen, setChosen] = useState(chosenShape);
  if (!wide) return { shape: 'cards', choose: null };
  const choose = (picked: string): void => {
    const shape = shapes.find((one) => one === picked);
    if (shape === undefined) return;
    keepShape(shape);
    setChosen(shape);
  };
  return { shape: chosen ?? usualShape(count), choose };
}

/**
 * Map or table, and the machine that is looked at: within the table, or below the map. Beside it so little of the map would be left that
 * cards were cut off, or could not be read.
 */
function Overview({
  shape,
  list,
  routes,
  focus,
  footOf,
}: {
  shape: 'map' | 'table';
  list: readonly Machine[];
  routes: readonly QuestionRoute[];
  focus: string | null;
  footOf: (peerId: string) => ReactNode;
}): ReactNode {
  const { t } = useTranslation('window');
  const [selected, setSelected] = useState(focus);
  const opener = useRef<Element | null>(null);
  useEffect(() => setSelected(focus), [focus]);
  const select = useCallback((id: string): void => {
    opener.current = document.activeElement;
    setSelected((old) => (old === id ? null : id));
  }, []);
  const close = (): void => {
    setSelected(null);
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };
  const details = (machine: Machine): ReactNode => <MachineDetails machine={machine} foot={footOf(machine.id)} onClose={close} />;
  const [wanted, setWanted] = useState<string | null>(null);
  const names = useMemo(() => modelNames(list), [list]);
  // a model that nobody has any more is not looked for
  const model = wanted !== null && names.includes(wanted) ? wanted : null;
  const rows = useMemo(() => list.filter((machine) => hasModel(machine, model)), [list, model]);
  const looked = list.find(({ id }) => id === selected);
  return (
    <>
      {names.length > 1 && list.length > 1 && (
        <Select
          className={classes.having ?? ''}
          size="xs"
          label={t('machines.withModel')}
          placeholder={t('machines.anyModel')}
          data={names}
          value={model}
          onChange={setWanted}
          clearable
          data-testid="with-model"
        />
      )}
      {shape === 'table' ? (
        <MachineTable list={rows} routes={routes} selected={selected} onSelect={select} details={details} />
      ) : (
        <div className={classes.mapped}>
          <Suspense fallback={<div className={classes.coming} />}>
            <MachineMap list={list} model={model} routes={routes} selected={selected} onSelect={select} />
          </Suspense>
          {looked !== undefined && details(looked)}
        </div>
      )}
    </>
  );
}
