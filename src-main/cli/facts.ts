// `axon facts`: what this machine is.
import { unknownFacts, type FactGroup, type GpuFacts, type HardwareFacts } from '../../src-shared/hardware.ts';
import type { Home } from '../store/home.ts';
import { formatted, type Format } from './format.ts';
import type { Io } from './io.ts';
import { findRunning } from './reach.ts';
import { ageWords, say, type Word } from './words.ts';

/** Asks the running node of this home; without one, looks by itself. */
export async function facts(home: Home, { format }: { format: Format }, io: Io): Promise<void> {
  const running = await findRunning(home);
  try {
    const found =
      running === null
        ? await lookNow(home)
        : await running.client.facts().catch((error: unknown) => Promise.reject(running.failure(error)));
    await io.out(await formatted(found, format, () => factsLines(found, Date.now())));
  } finally {
    await running?.close();
  }
}

async function lookNow(home: Home): Promise<HardwareFacts> {
  const [{ hardware }, { existsSync }] = await Promise.all([import('../hardware/hardware.ts'), import('node:fs')]);
  const nobody = (): void => undefined;
  const log = { debug: nobody, info: nobody, warn: nobody, error: nobody };
  const clock = {
    now: () => performance.now(),
    date: () => Date.now(),
    after(ms: number, run: () => void) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
  const machine = hardware({ clock, log, ...(existsSync(home.data) ? { home: home.data } : {}) });
  try {
    await machine.facts();
    // how busy it is shows between two looks only
    await new Promise((resolve) => setTimeout(resolve, loadMs));
    return await machine.fresh();
  } finally {
    machine.stop();
  }
}

const loadMs = 600;

/** What people read of a machine. @param now wall clock ms of the machine that it is of */
export function factsLines(found: HardwareFacts, now: number): string[] {
  const unknown = say('facts.unknown');
  const age = (group: FactGroup): string => {
    const at = found.lookedAt?.[group];
    return at === undefined ? '' : say('facts.age', { age: ageWords(now - at) });
  };
  const line = (word: Word, value: string, group: FactGroup): string => `${say(word, { value })}${age(group)}`;
  const { cpu, ram, swap, disk, gpus, tools = [], addresses = [] } = found;
  const missing = unknownFacts(found);
  return [
    line('facts.os', `${found.os}, ${found.arch}`, 'machine'),
    line('facts.cpu', say('facts.cores', { model: cpu.model, cores: cpu.cores ?? unknown, load: shareWords(found.load) }), 'load'),
    line('facts.ram', say('facts.pressed', { space: spaceWords(ram), pressure: shareWords(ram.pressure ?? null) }), 'memory'),
    line('facts.swap', swap === undefined ? unknown : swap === null ? say('facts.none') : spaceWords(swap), 'memory'),
    line('facts.disk', disk === undefined ? unknown : spaceWords(disk), 'disk'),
    ...(missing.includes('gpus')
      ? [line('facts.gpu', unknown, 'gpus')]
      : gpus.length === 0
        ? [line('facts.gpu', say('facts.none'), 'gpus')]
        : gpus.map((gpu) => line('facts.gpu', gpuWords(gpu), 'gpus'))),
    line('facts.power', powerWords(found), 'power'),
    ...addresses.map(({ name, address }) => say('facts.address', { name, address })),
    ...(missing.includes('tools')
      ? [line('facts.tools', unknown, 'tools')]
      : [
          line(
            'facts.tools',
            tools.map(({ name, version }) => (version === null ? name : `${name} ${version}`)).join(', ') || say('facts.none'),
            'tools',
          ),
        ]),
  ];
}

function gpuWords({ name, vramMb, vramFreeMb, unified }: GpuFacts): string {
  return unified ? say('facts.unified', { name }) : `${name}, ${spaceWords({ totalMb: vramMb, freeMb: vramFreeMb })}`;
}

function powerWords({ battery, onAc }: HardwareFacts): string {
  const source = onAc == null ? say('facts.unknown') : say(onAc ? 'facts.mains' : 'facts.onBattery');
  if (battery === null) return source;
  const percent = battery.percent === null ? say('facts.unknown') : `${battery.percent} %`;
  return say(battery.charging === true ? 'facts.charging' : 'facts.battery', { source, percent });
}

/** "3.1 of 15.6 GiB free" */
export function spaceWords({ totalMb, freeMb }: { totalMb: number | null; freeMb: number | null }): string {
  const gib = (mb: number | null): string => (mb === null ? say('facts.unknown') : (mb / 1024).toFixed(1));
  return totalMb === null && freeMb === null ? say('facts.unknown') : say('facts.space', { free: gib(freeMb), total: gib(totalMb) });
}

export function shareWords(share: number | null): string {
  return share === null ? say('facts.unknown') : `${Math.round(share * 100)} %`;
}
