// What this machine is and how busy it is. Cheap: each group of facts is looked at as often as it changes, and remembered with the time.
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import process from 'node:process';
import si from 'systeminformation';
import { unknownHardware, type FactGroup, type GpuFacts, type HardwareFacts, type ToolFacts } from '../../src-shared/hardware.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { Hardware } from '../swarm/ports.ts';
import { gpuProbe } from './gpus.ts';
import { probeMemory, type MemoryFacts } from './memory.ts';
import { probePower, type PowerFacts } from './power.ts';
import { toolProbe } from './tools.ts';

/** The beat; no group is looked at more often, ms. */
const tickMs = 5_000;
/** A look that takes longer is given up, and made again when it is due, ms. */
const patienceMs = 20_000;
const minute = 60_000;

/** How old the facts of a group may get, ms. */
const maxAge: Record<FactGroup, number> = {
  machine: Number.POSITIVE_INFINITY,
  // on a Mac it takes programs to learn it
  memory: process.platform === 'darwin' ? 30_000 : tickMs,
  load: tickMs,
  gpus: minute,
  power: 30_000,
  disk: minute,
  addresses: 30_000,
  tools: 10 * minute,
};

export type Probes = {
  machine(): Promise<{ os: string; cpu: string; cores: number | null }>;
  memory(): Promise<MemoryFacts>;
  gpus(): Promise<GpuFacts[]>;
  power(): Promise<PowerFacts>;
  disk(): Promise<{ totalMb: number; freeMb: number }>;
  addresses(): Promise<{ name: string; address: string }[]>;
  tools(): Promise<ToolFacts[]>;
};

export type HardwareOptions = {
  clock: Clock;
  log: Log;
  /** A folder on the disk that counts. */
  home?: string;
  probes?: Partial<Probes>;
};

/** Facts of this machine, looked at until stop(). */
export function hardware({ clock, log, home = os.homedir(), probes }: HardwareOptions): Hardware {
  const ask: Probes = { ...systemProbes(clock, home), ...probes };
  const watchers = new Set<(facts: HardwareFacts) => void>();
  const dueAt = new Map<FactGroup, number>();
  const looking = new Map<FactGroup, Promise<void>>();
  let facts: HardwareFacts = {
    ...unknownHardware,
    os: `${os.type()} ${os.release()}`,
    arch: os.arch(),
    cpu: { model: os.cpus()[0]?.model.slice(0, 200) ?? 'unknown', cores: os.cpus().length || null },
    unknown: ['gpus', 'power', 'tools'],
  };
  let times = cpuTimes();
  let cancel = (): void => {};
  let stopped = false;

  const learn = (group: FactGroup, news: Partial<HardwareFacts>): void => {
    const unknown = facts.unknown?.filter((one) => one !== group) ?? [];
    facts = { ...facts, ...news, unknown, lookedAt: { ...facts.lookedAt, [group]: clock.date() } };
  };
  const looks: Record<FactGroup, () => Promise<Partial<HardwareFacts>>> = {
    async machine() {
      const { os: name, cpu, cores } = await ask.machine();
      return { os: name.slice(0, 200), arch: os.arch(), cpu: { model: cpu.slice(0, 200), cores } };
    },
    memory: () => ask.memory(),
    load() {
      const after = cpuTimes();
      const load = busyShare(times, after);
      if (load !== null) times = after;
      return Promise.resolve(load === null ? {} : { load });
    },
    gpus: async () => ({ gpus: (await ask.gpus()).slice(0, 16) }),
    power: () => ask.power(),
    disk: async () => ({ disk: await ask.disk() }),
    addresses: async () => ({ addresses: (await ask.addresses()).slice(0, 64) }),
    tools: async () => ({ tools: (await ask.tools()).slice(0, 64) }),
  };

  /** One look at a group at a time. What fails leaves what was known. */
  const look = (group: FactGroup): Promise<void> => {
    const before = looking.get(group);
    if (before !== undefined) return before;
    dueAt.set(group, clock.now() + maxAge[group]);
    const one = inTime(clock, looks[group]()).then(
      (news) => learn(group, news),
      (error: unknown) => {
        log.debug('the machine could not be looked at', { what: group, reason: String(error) });
        if (group === 'machine') dueAt.set(group, clock.now() + minute);
      },
    );
    const done = one.finally(() => looking.delete(group));
    looking.set(group, done);
    return done;
  };
  const all = Object.keys(maxAge) as FactGroup[];
  const due = (): FactGroup[] => all.filter((group) => clock.now() >= (dueAt.get(group) ?? -Infinity));
  const quick: readonly FactGroup[] = ['memory', 'load'];
  const tick = async (): Promise<void> => {
    const now = due();
    for (const group of now) if (!quick.includes(group)) void look(group);
    await Promise.all(now.filter((group) => quick.includes(group)).map(look));
    if (stopped) return;
    for (const watcher of watchers) watcher(facts);
    beat();
  };
  const beat = (): void => {
    if (!stopped) cancel = clock.after(tickMs, () => void tick());
  };
  beat();

  let first: Promise<unknown> | undefined;
  return {
    async facts() {
      first ??= Promise.all(all.filter((group) => group !== 'tools').map(look)).then(() => void look('tools'));
      await first;
      return facts;
    },
    async fresh() {
      // a look that began before the question may have seen what was before it
      await Promise.all([...looking.values()]);
      await Promise.all(all.map(look));
      return facts;
    },
    watch(changed) {
      watchers.add(changed);
      return () => void watchers.delete(changed);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

function inTime<T>(clock: Clock, looked: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(patienceMs, () => reject(new Error('no answer in time')));
    looked.then(resolve, reject).finally(cancel);
  });
}

type Times = { idle: number; total: number };

function cpuTimes(): Times {
  let idle = 0;
  let total = 0;
  for (const { times } of os.cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}

/** Two readings that are nearer say nothing: the kernel counts in steps of 10 ms. */
const leastMs = 500;

/** 0..1 between two readings; null when they are too near. */
function busyShare(before: Times, after: Times): number | null {
  const total = after.total - before.total;
  if (total < leastMs) return null;
  return Math.min(1, Math.max(0, Math.round((1 - (after.idle - before.idle) / total) * 100) / 100));
}

function systemProbes(clock: Clock, home: string): Probes {
  return {
    async machine() {
      const [system, cpu] = await Promise.all([si.osInfo(), si.cpu()]);
      const name = [system.distro || os.type(), system.release].filter(Boolean).join(' ');
      const model = [cpu.manufacturer, cpu.brand].filter(Boolean).join(' ').trim();
      return {
        os: name || os.type(),
        cpu: model || (os.cpus()[0]?.model ?? 'unknown'),
        cores: cpu.cores > 0 ? cpu.cores : os.cpus().length || null,
      };
    },
    memory: probeMemory,
    gpus: gpuProbe(() => clock.now()),
    power: probePower,
    async disk() {
      const { bsize, blocks, bavail } = await statfs(home);
      return { totalMb: Math.round((blocks * bsize) / 2 ** 20), freeMb: Math.round((bavail * bsize) / 2 ** 20) };
    },
    addresses: () => Promise.resolve(addressesOf(os.networkInterfaces())),
    tools: toolProbe(),
  };
}

/** Without loopback and without addresses that are good on one wire only. */
export function addressesOf(interfaces: ReturnType<typeof os.networkInterfaces>): { name: string; address: string }[] {
  return Object.entries(interfaces).flatMap(([name, all = []]) =>
    all
      .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
      .map(({ address }) => ({ name: name.slice(0, 60), address: address.slice(0, 60) })),
  );
}
