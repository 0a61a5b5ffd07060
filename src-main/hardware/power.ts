// Mains or battery.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import si from 'systeminformation';
import type { HardwareFacts } from '../../src-shared/hardware.ts';

export type PowerFacts = { battery: HardwareFacts['battery']; onAc: boolean | null };

const suppliesFolder = '/sys/class/power_supply';

export async function probePower(): Promise<PowerFacts> {
  if (process.platform === 'linux') return powerOf(await readSupplies(suppliesFolder));
  const found = await si.battery();
  if (!found.hasBattery) return { battery: null, onAc: true };
  return {
    battery: { percent: inPercent(found.percent), charging: found.isCharging },
    onAc: found.acConnected,
  };
}

export type Supply = { type: string; scope: string; online: string; capacity: string; status: string };

/** What the kernel says of each power supply. Throws where it says nothing at all, as in a container. */
export async function readSupplies(folder: string): Promise<Supply[]> {
  const read = (supply: string, name: string): Promise<string> =>
    readFile(path.join(folder, supply, name), 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  return Promise.all(
    (await readdir(folder)).map(async (name) => ({
      type: await read(name, 'type'),
      scope: await read(name, 'scope'),
      online: await read(name, 'online'),
      capacity: await read(name, 'capacity'),
      status: await read(name, 'status'),
    })),
  );
}

/** A machine without a battery runs on mains. Batteries of mice and keyboards (scope Device) are not its own. */
export function powerOf(supplies: readonly Supply[]): PowerFacts {
  const [battery] = supplies.filter(({ type, scope }) => type === 'Battery' && scope !== 'Device');
  if (battery === undefined) return { battery: null, onAc: true };
  const plugs = supplies.filter(({ type, online }) => type !== 'Battery' && online !== '');
  const charging = battery.status === '' || battery.status === 'Unknown' ? null : battery.status === 'Charging';
  const plugged = plugs.length > 0 ? plugs.some(({ online }) => online !== '0') : null;
  return {
    battery: { percent: battery.capacity === '' ? null : inPercent(Number(battery.capacity)), charging },
    onAc: plugged ?? (charging === true || battery.status === 'Full' ? true : battery.status === 'Discharging' ? false : null),
  };
}

function inPercent(value: number): number | null {
  return Number.isFinite(value) ? Math.min(100, Math.max(0, Math.round(value))) : null;
}
