import { ChevronDown, ChevronUp, Star } from 'lucide-react';
import { Fragment, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { gpuName } from '../../node/index.ts';
import { Dot, format, useNow } from '../../ui/index.ts';
import {
  asOfWords,
  capacityWords,
  gpuWords,
  knowsGpus,
  knowsProcessor,
  loadWords,
  modelWords,
  processorWords,
  shortHardware,
  speedWords,
  stateWords,
  uptimeWords,
  workWords,
} from './facts.ts';
import { dotOf, isStale } from './machines.ts';
import type { Machine, QuestionRoute } from './machines.ts';
import { columns, nextOrder, sorted } from './sorting.ts';
import type { Column, Order } from './sorting.ts';
import classes from './machine-table.module.css';

/** The map's twin: the same facts in rows, which can be sorted. `details`: what the chosen row opens. */
export function MachineTable({
  list,
  routes,
  selected,
  onSelect,
  details,
}: {
  list: readonly Machine[];
  routes: readonly QuestionRoute[];
  selected: string | null;
  onSelect: (id: string) => void;
  details: (machine: Machine) => ReactNode;
}): ReactNode {
  const { t } = useTranslation('window');
  const now = useNow(5000);
  const [order, setOrder] = useState<Order>(null);
  const rows = useMemo(() => sorted(list, order), [list, order]);
  return (
    // a region that scrolls has to be reached by keyboard
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={classes.frame} aria-label={t('machines.title')} tabIndex={0} data-testid="machine-table">
      <table className={classes.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column} column={column} order={order} onSort={() => setOrder((old) => nextOrder(old, column))} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((machine) => (
            <Fragment key={machine.id}>
              <Row
                machine={machine}
                route={routes.find(({ peerId }) => peerId === machine.id) ?? null}
                open={selected === machine.id}
                now={now}
                onSelect={() => onSelect(machine.id)}
              />
              {selected === machine.id && (
                <tr className={classes.open}>
                  <td colSpan={columns.length}>
                    <div className={classes.details}>{details(machine)}</div>
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head({ column, order, onSort }: { column: Column; order: Order; onSort: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const mine = order?.column === column ? order : null;
  const Arrow = mine?.descending === true ? ChevronDown : ChevronUp;
  return (
    <th scope="col" data-column={column} aria-sort={mine === null ? undefined : mine.descending ? 'descending' : 'ascending'}>
      <button type="button" className={classes.sort} onClick={onSort} data-testid={`sort-${column}`}>
        {t(`machines.column.${column}`)}
        <Arrow size={13} aria-hidden data-on={mine !== null || undefined} />
      </button>
    </th>
  );
}

function Row({
  machine,
  route,
  open,
  now,
  onSelect,
}: {
  machine: Machine;
  route: QuestionRoute | null;
  open: boolean;
  now: number;
  onSelect: () => void;
}): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { hardware } = machine;
  const uptime = uptimeWords(t, i18n.language, machine, now);
  const unknown = <span className={classes.unknown}>{t('machines.unknown')}</span>;
  return (
    <tr
      data-testid="machine-row"
      data-state={machine.state}
      data-stale={isStale(machine, now) || undefined}
      data-self={machine.self || undefined}
    >
      <th scope="row">
        <button type="button" className={classes.machine} aria-expanded={open} onClick={onSelect} data-testid="machine-open">
          <Dot state={dotOf(machine)} />
          <span className={classes.name}>{machine.name}</span>
          {machine.preferred && <Star size={12} fill="currentColor" role="img" aria-label={t('machines.preferred')} />}
          {machine.self && <span className={classes.self}>{t('machines.thisOne')}</span>}
        </button>
        <State machine={machine} route={route} now={now} />
        {machine.tooOld && (
          <span className={classes.badge} title={t('machines.updateText')} data-testid="update-badge">
            {t('machines.update', { name: format.isolated(machine.name) })}
          </span>
        )}
      </th>
      <td>{hardware === null ? unknown : <Processor machine={machine} />}</td>
      <td>{hardware === null ? unknown : <Memory machine={machine} />}</td>
      <td>{knowsGpus(hardware) ? <Graphics machine={machine} /> : unknown}</td>
      <td>{machine.state === 'connected' ? <Work machine={machine} /> : '–'}</td>
      <td title={machine.models.map(({ name }) => name).join(', ')}>{modelWords(t, i18n.language, machine) ?? '–'}</td>
      <td className={classes.figure}>
        <Latency machine={machine} />
      </td>
      <td data-column="version">
        {machine.version ?? unknown}
        {uptime !== null && <span className={classes.second}>{uptime}</span>}
      </td>
    </tr>
  );
}

/** What it does, and how old what is known of it is. */
function State({ machine, route, now }: { machine: Machine; route: QuestionRoute | null; now: number }): ReactNode {
  const { t, i18n } = useTranslation('window');
  if (route !== null && machine.state === 'connected')
    return (
      <span className={classes.state} data-route>
        {t(route.writing ? 'machines.route.writing' : 'machines.route.asked')}
      </span>
    );
  const asOf = machine.state === 'connected' ? asOfWords(t, i18n.language, machine, now) : null;
  return (
    <span className={classes.state}>
      {stateWords(t, i18n.language, machine, now)}
      {asOf !== null && ` · ${asOf}`}
    </span>
  );
}

/** Running and waiting, and how fast its last answers were: the line of the cards and the map in words. */
function Work({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const speed = speedWords(t, i18n.language, machine);
  return (
    <>
      {workWords(t, machine) ?? '–'}
      {speed !== null && <span className={classes.second}>{speed}</span>}
    </>
  );
}

function Processor({ machine: { hardware } }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  if (hardware === null) return null;
  return (
    <>
      <span className={hardware.cpu.cores === null && !knowsProcessor(hardware) ? classes.unknown : undefined}>
        {processorWords(t, hardware)}
      </span>
      <span className={classes.second}>{loadWords(t, i18n.language, hardware) ?? t('machines.loadUnknown')}</span>
    </>
  );
}

function Memory({ machine: { hardware, reservedMb } }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  if (hardware === null) return null;
  return (
    <>
      <span className={hardware.ram.totalMb === null ? classes.unknown : undefined}>
        {capacityWords(t, i18n.language, hardware.ram.totalMb, hardware.ram.freeMb)}
      </span>
      {reservedMb !== null && reservedMb > 0 && (
        <span className={classes.second}>{t('machines.reserved', { size: format.mebibytes(reservedMb, i18n.language) })}</span>
      )}
    </>
  );
}

function Graphics({ machine: { hardware } }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  if (hardware === null) return null;
  if (hardware.gpus.length === 0) return t('machines.noGpu');
  return hardware.gpus.map((gpu, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- two of the same name are two
    <span key={at} className={classes.gpu} title={gpuName(t, gpu.name)}>
      {gpuWords(t, i18n.language, { ...gpu, name: shortHardware(gpu.name) })}
    </span>
  ));
}

function Latency({ machine }: { machine: Machine }): ReactNode {
  const { t, i18n } = useTranslation('window');
  if (machine.self || machine.state !== 'connected') return '–';
  if (machine.latencyMs === null) return <span className={classes.unknown}>{t('machines.unknown')}</span>;
  return format.latency(machine.latencyMs, i18n.language);
}
