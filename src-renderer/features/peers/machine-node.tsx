import { Handle, Position } from '@xyflow/react';
import type { Node, NodeProps } from '@xyflow/react';
import type { TFunction } from 'i18next';
import { Star } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { gpuName } from '../../node/index.ts';
import { Dot, format, Sparkline } from '../../ui/index.ts';
import {
  asOfWords,
  capacityWords,
  gpuSpace,
  knowsGpus,
  loadWords,
  modelWords,
  shortHardware,
  speedWords,
  stateWords,
  workWords,
} from './facts.ts';
import type { MapForm } from './map-layout.ts';
import { dotOf, isStale } from './machines.ts';
import type { Machine, QuestionRoute } from './machines.ts';
import classes from './machine-map.module.css';

export type MachineNodeType = Node<
  {
    machine: Machine;
    facts: MapForm['facts'];
    route: QuestionRoute | null;
    /** It has the model that is looked for; null: none is */
    has: boolean | null;
    selected: boolean;
    now: number;
    onSelect: (id: string) => void;
  },
  'machine'
>;

/** One machine on the map: a button with the facts that people choose by. All of them are in what it opens. */
export function MachineNode({ data }: NodeProps<MachineNodeType>): ReactNode {
  const { machine, facts, route, has, selected, now, onSelect } = data;
  const { t } = useTranslation('window');
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} className={classes.handle} />
      <button
        type="button"
        className={classes.node}
        title={machine.name}
        aria-expanded={selected}
        data-facts={facts}
        onClick={() => onSelect(machine.id)}
        data-testid="map-machine"
        data-machine={machine.id}
        data-self={machine.self || undefined}
        data-state={machine.state}
        data-stale={isStale(machine, now) || undefined}
        data-has={has === null ? undefined : has}
        data-route={route === null ? undefined : route.writing ? 'writing' : 'asked'}
      >
        <span className={classes.head}>
          <Dot state={dotOf(machine)} />
          <span className={classes.name}>{machine.name}</span>
          {machine.preferred && <Star size={12} fill="currentColor" role="img" aria-label={t('machines.preferred')} />}
          {machine.self && <span className={classes.self}>{t('machines.thisOne')}</span>}
        </span>
        <Lines machine={machine} compact={facts === 'some'} route={route} now={now} />
      </button>
      <Handle type="source" position={Position.Top} isConnectable={false} className={classes.handle} />
    </>
  );
}

/** Graphics; processor and memory; what it does; what it lends: each in one line, in the same place on every card. compact: the first and the third */
function Lines({
  machine,
  compact,
  route,
  now,
}: {
  machine: Machine;
  compact: boolean;
  route: QuestionRoute | null;
  now: number;
}): ReactNode {
  const { t, i18n } = useTranslation('window');
  return (
    <>
      {machine.hardware === null ? (
        <span className={classes.line}>{t('machines.unknownHardware')}</span>
      ) : (
        <>
          <Line words={gpuLine(t, i18n.language, machine)} />
          <Line words={memoryLine(t, i18n.language, machine)} unseen={compact} />
        </>
      )}
      <State machine={machine} route={route} now={now} />
      <Line words={machine.state === 'connected' ? (modelWords(t, i18n.language, machine) ?? '') : ''} unseen={compact} />
    </>
  );
}

function Line({ words, unseen = false }: { words: string; unseen?: boolean }): ReactNode {
  return words === '' ? null : (
    <span className={unseen ? 'axon-unseen' : classes.line} title={words}>
      {/* no line begins with the point */}
      {words.replaceAll(' · ', '\u00A0· ')}
    </span>
  );
}

function gpuLine(t: TFunction<'window'>, language: string, { hardware }: Machine): string {
  if (!knowsGpus(hardware)) return t('machines.gpuUnknown');
  const [gpu] = hardware.gpus;
  if (gpu === undefined) return t('machines.noGpu');
  const space = gpu.unified && gpu.vramMb === null ? t('machines.unified') : gpuSpace(t, language, gpu);
  const more = hardware.gpus.length > 1 ? ` +${format.count(hardware.gpus.length - 1, language)}` : '';
  return `${shortHardware(gpuName(t, gpu.name))}${more} · ${space}`;
}

function memoryLine(t: TFunction<'window'>, language: string, { hardware }: Machine): string {
  if (hardware === null) return '';
  const { totalMb, freeMb } = hardware.ram;
  const memory = totalMb === null ? t('machines.memoryUnknown') : capacityWords(t, language, totalMb, freeMb);
  return hardware.cpu.cores === null ? memory : `${t('machines.cores', { count: hardware.cpu.cores })} · ${memory}`;
}

/** What a person has to know first: that it must be updated, is not there, is at work for this window, or how busy it is. */
function State({ machine, route, now }: { machine: Machine; route: QuestionRoute | null; now: number }): ReactNode {
  const { t, i18n } = useTranslation('window');
  if (machine.tooOld)
    return (
      <span className={classes.badge} data-testid="update-badge">
        {t('machines.update', { name: machine.name })}
      </span>
    );
  if (machine.state !== 'connected') return <Line words={stateWords(t, i18n.language, machine, now)} />;
  if (route !== null) return <span className={classes.routed}>{t(route.writing ? 'machines.route.writing' : 'machines.route.asked')}</span>;
  const asOf = asOfWords(t, i18n.language, machine, now);
  if (asOf !== null) return <Line words={asOf} />;
  if (machine.engineDown) return <Line words={t('machines.engineDown')} />;
  const work = machine.paused === null ? workWords(t, machine) : t('machines.paused.short');
  const load = loadWords(t, i18n.language, machine.hardware);
  return (
    <span className={classes.work}>
      <Line words={[load, work].filter((part) => part !== null).join(' · ')} />
      <Sparkline values={machine.recent} label={speedWords(t, i18n.language, machine) ?? ''} />
    </span>
  );
}
