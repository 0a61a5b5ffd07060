// What is said of a machine, in words. Pure; unknown is said to be unknown, and is never 0.
import type { TFunction } from 'i18next';
import type { GpuFacts, HardwareFacts } from '../../../src-shared/hardware.ts';
import { gpuName } from '../../node/gpu-line.ts';
import { format } from '../../ui/index.ts';
import { isStale, type Machine } from './machines.ts';

type T = TFunction<'window'>;

/** "41 GB free of 64 GB", "64 GB", or unknown; MiB. */
export function capacityWords(t: T, language: string, totalMb: number | null, freeMb: number | null): string {
  const size = (mb: number): string => format.mebibytes(mb, language);
  if (totalMb === null) return t('machines.unknown');
  return freeMb === null ? size(totalMb) : t('machines.ofTotal', { free: size(freeMb), total: size(totalMb) });
}

/** "RTX 4090 · 18 GB free of 24 GB"; of one that shares the machine's memory that is said, in place of memory of its own. */
export function gpuWords(t: T, language: string, gpu: GpuFacts): string {
  const memory = gpu.vramMb === null && gpu.unified ? [] : [gpuSpace(t, language, gpu)];
  return [gpuName(t, gpu.name), ...memory, ...(gpu.unified ? [t('machines.unified')] : [])].join(' · ');
}

/** As capacityWords; that its memory is unknown is said in full, since it stands behind its name. */
export function gpuSpace(t: T, language: string, { vramMb, vramFreeMb }: GpuFacts): string {
  return vramMb === null ? t('machines.memoryUnknown') : capacityWords(t, language, vramMb, vramFreeMb);
}

/** The processor by its short name: makers write theirs with marks and speeds. */
export function processorWords(t: T, hardware: HardwareFacts): string {
  const { model, cores } = hardware.cpu;
  const name = knowsProcessor(hardware) ? shortHardware(model) : t('machines.unknown');
  return cores === null ? name : `${name} · ${t('machines.cores', { count: cores })}`;
}

/** What its processor is called is known. */
export function knowsProcessor({ cpu }: HardwareFacts): boolean {
  return cpu.model !== '' && cpu.model !== 'unknown';
}

/** Whether there is a GPU is known. */
export function knowsGpus(hardware: HardwareFacts | null): hardware is HardwareFacts {
  return hardware !== null && hardware.unknown?.includes('gpus') !== true;
}

/** "NVIDIA GeForce RTX 4090" -> "RTX 4090"; "Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz" -> "Core i5-8250U". For places with little room. */
export function shortHardware(name: string): string {
  const short = name
    .replaceAll(/\((?:R|TM|C)\)|[®™©]/gi, '')
    .replace(/\s*(?:CPU\s*)?@.*$/, '')
    .replace(/\s+\d+-Core Processor$/i, '')
    .replace(/\s+Processor$/i, '')
    .replace(/^(?:NVIDIA\s+(?:GeForce\s+)?|Intel\s+|AMD\s+(?=Ryzen|Radeon|EPYC|Threadripper))/i, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return short === '' ? name : short;
}

/** "31% busy"; null: unknown */
export function loadWords(t: T, language: string, hardware: HardwareFacts | null): string | null {
  return hardware === null || hardware.load === null ? null : t('machines.load', { load: format.percent(hardware.load, language) });
}

/** "2 running, 1 waiting"; "idle"; null: it answers nobody, or does not say */
export function workWords(t: T, machine: Machine): string | null {
  if (machine.running === null) return null;
  const waiting = machine.waiting ?? 0;
  if (machine.running === 0 && waiting === 0) return t('machines.idle');
  const running = t('machines.running', { count: machine.running });
  return waiting === 0 ? running : `${running}, ${t('machines.waiting', { count: waiting })}`;
}

/** "downloading qwen3:8b, 40%"; null: nothing */
export function downloadWords(t: T, language: string, { downloading }: Machine): string | null {
  if (downloading === null) return null;
  const name = format.isolated(downloading.name);
  if (downloading.progress === null) return t('machines.downloading', { name });
  return t('machines.downloadingAt', { name, percent: format.percent(downloading.progress, language) });
}

/** "1 loaded, 2 on disk", and what is on its way; null: it lends none */
export function modelWords(t: T, language: string, machine: Machine): string | null {
  const onItsWay = downloadWords(t, language, machine);
  if (machine.models.length === 0) return onItsWay;
  const loaded = machine.models.filter((model) => model.loaded).length;
  const cold = machine.models.length - loaded;
  const words = [
    ...(loaded > 0 ? [t('machines.loadedCount', { count: loaded })] : []),
    ...(cold > 0 ? [t('machines.onDisk', { count: cold })] : []),
    ...(onItsWay === null ? [] : [onItsWay]),
  ];
  return words.join(', ');
}

/** "as of 9 minutes ago"; null: it is as was told, or nobody knows when. `now`: wall clock ms */
export function asOfWords(t: T, language: string, machine: Machine, now: number): string | null {
  if (!isStale(machine, now) || machine.toldAt === null) return null;
  return t('machines.asOf', { when: format.ago(machine.toldAt, now, language) });
}

/** What it does in the swarm now, or that it is not there. `now`: wall clock ms */
export function stateWords(t: T, language: string, machine: Machine, now: number): string {
  if (machine.tooOld) return t('machines.tooOld');
  if (machine.state === 'found') return t('machines.state.found');
  if (machine.state === 'away')
    return machine.lastSeen === null
      ? t('machines.state.away')
      : t('machines.awaySince', { when: format.ago(machine.lastSeen, now, language) });
  if (machine.engineDown) return t('machines.engineDown');
  return machine.paused === null
    ? t(machine.leads ? 'machines.answersOthers' : 'machines.asksOthers')
    : t(`machines.paused.${machine.paused.why}`);
}

/** "42 tok/s, lately 38–44"; null: it wrote nothing that was told */
export function speedWords(t: T, language: string, { recent }: Machine): string | null {
  const last = recent.at(-1);
  if (last === undefined) return null;
  const rate = (value: number): string => format.rate(value, language);
  const said = t('machines.rate', { rate: rate(last) });
  if (recent.length === 1) return said;
  const range = t('machines.rates', { least: rate(Math.min(...recent)), most: rate(Math.max(...recent)) });
  return `${said}, ${range}`;
}

/** "for 3 hours"; null: unknown, or its clock is ahead of this one. `now`: wall clock ms */
export function uptimeWords(t: T, language: string, { startedAt }: Machine, now: number): string | null {
  return startedAt === null || startedAt > now ? null : t('machines.upFor', { time: format.span(now - startedAt, language) });
}
