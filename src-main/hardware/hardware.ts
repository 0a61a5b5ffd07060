// What this machine is and how busy it is. Cheap: fixed facts once, the GPU once a minute, load and memory each five seconds.
import os from 'node:os';
import si from 'systeminformation';
import type { GpuFacts, HardwareFacts } from '../../src-shared/hardware.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { Hardware } from '../swarm/ports.ts';

const quickMs = 5_000;
const slowMs = 60_000;

type Probes = {
  fixed(): Promise<{ os: string; cpu: string; cores: number | null }>;
  gpus(): Promise<GpuFacts[]>;
  battery(): Promise<HardwareFacts['battery']>;
};

/** Facts of this machine, watched while somebody asks for them. */
export function hardware(options: { clock: Clock; log: Log; probes?: Probes }): Hardware {
  const { clock, log } = options;
  const probes = options.probes ?? systemProbes;
  const watchers = new Set<(facts: HardwareFacts) => void>();
  let fixed: { os: string; cpu: string; cores: number | null } | undefined;
  let gpus: GpuFacts[] = [];
  let battery: HardwareFacts['battery'] = null;
  let slowAt = -Infinity;
  let times = cpuTimes();
  let load: number | null = null;
  let current: Promise<HardwareFacts> | undefined;
  let stopped = false;
  let cancel = (): void => {};

  const safely = async <T>(what: string, probe: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await probe();
    } catch (error) {
      log.debug('a hardware probe failed', { what, reason: String(error) });
      return otherwise;
    }
  };
  const probe = async (): Promise<HardwareFacts> => {
    fixed ??= await safely('fixed', probes.fixed, {
      os: `${os.type()} ${os.release()}`,
      cpu: os.cpus()[0]?.model ?? 'unknown',
      cores: os.cpus().length || null,
    });
    if (clock.now() - slowAt >= slowMs) {
      slowAt = clock.now();
      gpus = await safely('gpus', probes.gpus, gpus);
      battery = await safely('battery', probes.battery, battery);
    }
    const after = cpuTimes();
    load = busyShare(times, after) ?? load;
    times = after;
    return {
      os: fixed.os.slice(0, 200),
      arch: os.arch(),
      cpu: { model: fixed.cpu.slice(0, 200), cores: fixed.cores },
      ram: { totalMb: Math.round(os.totalmem() / 2 ** 20), freeMb: Math.round(availableBytes() / 2 ** 20) },
      gpus: gpus.slice(0, 16),
      load,
      battery,
    };
  };
  const refresh = (): Promise<HardwareFacts> => {
    const next = probe().then((facts) => {
      for (const watcher of watchers) watcher(facts);
      return facts;
    });
    current = next;
    return next;
  };
  const tick = (): void => {
    if (stopped) return;
    cancel = clock.after(quickMs, () => {
      refresh().then(tick, tick);
    });
  };
  tick();

  return {
    facts: () => current ?? refresh(),
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

/** 0..1 between two readings; null when the clock of the kernel did not move. */
function busyShare(before: Times, after: Times): number | null {
  const total = after.total - before.total;
  if (total <= 0) return null;
  return Math.min(1, Math.max(0, Math.round((1 - (after.idle - before.idle) / total) * 100) / 100));
}

/** On Linux os.freemem() is MemAvailable since Node 18; elsewhere it is what the system calls free. */
function availableBytes(): number {
  return os.freemem();
}

const systemProbes: Probes = {
  async fixed() {
    const [system, cpu] = await Promise.all([si.osInfo(), si.cpu()]);
    const name = [system.distro || os.type(), system.release].filter(Boolean).join(' ');
    const model = [cpu.manufacturer, cpu.brand].filter(Boolean).join(' ').trim();
    return {
      os: name || os.type(),
      cpu: model || (os.cpus()[0]?.model ?? 'unknown'),
      cores: cpu.cores > 0 ? cpu.cores : os.cpus().length || null,
    };
  },
  async gpus() {
    const { controllers } = await si.graphics();
    return controllers.filter(isRealGpu).map((controller) => ({
      name: [controller.vendor, controller.model].filter(Boolean).join(' ').slice(0, 200) || 'unknown',
      vramMb: positive(controller.memoryTotal ?? controller.vram),
      vramFreeMb: positive(controller.memoryFree),
      unified: controller.vramDynamic || (process.platform === 'darwin' && process.arch === 'arm64'),
    }));
  },
  async battery() {
    const found = await si.battery();
    return found.hasBattery
      ? { percent: Number.isFinite(found.percent) ? found.percent : null, charging: found.isCharging || found.acConnected }
      : null;
  },
};

/** Virtual displays of servers and virtual machines compute nothing. */
function isRealGpu({ vendor, model }: { vendor: string; model: string }): boolean {
  return (
    `${vendor}${model}`.trim() !== '' &&
    !/cirrus|qxl|vmware|virtualbox|bochs|aspeed|matrox|virtio|hyper-v|basic (render|display)/i.test(`${vendor} ${model}`)
  );
}

/** Unknown is null, never 0. */
function positive(mb: number | null | undefined): number | null {
  return typeof mb === 'number' && Number.isFinite(mb) && mb > 0 ? Math.round(mb) : null;
}
