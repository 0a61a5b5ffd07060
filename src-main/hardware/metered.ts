// Whether the network is paid for by what goes over it, as NetworkManager says over D-Bus (Linux). Windows and macOS: nobody is asked, so unknown.
import process from 'node:process';
import { findProgram } from './find-program.ts';
import { runBriefly } from './run.ts';

const name = 'org.freedesktop.NetworkManager';
const place = '/org/freedesktop/NetworkManager';
/** A bus that is silent for longer has nobody there, ms. */
const busMs = 3_000;

export type MeteredWorld = {
  platform: NodeJS.Platform;
  find: (program: string) => Promise<string | null>;
  run: (program: string, args: readonly string[]) => Promise<string>;
};

const thisMachine: MeteredWorld = {
  platform: process.platform,
  find: findProgram,
  run: async (program, args) => (await runBriefly(program, args, busMs)).out,
};

/** null: no NetworkManager, nobody who could ask it, or it does not know. Never throws. */
export async function meteredNetwork(world: MeteredWorld = thisMachine): Promise<boolean | null> {
  if (world.platform !== 'linux') return null;
  const ways: readonly [string, readonly string[]][] = [
    ['busctl', ['--system', 'get-property', name, place, name, 'Metered']],
    [
      'gdbus',
      ['call', '--system', '--dest', name, '--object-path', place, '--method', 'org.freedesktop.DBus.Properties.Get', name, 'Metered'],
    ],
  ];
  for (const [program, args] of ways) {
    const file = await world.find(program).catch(() => null);
    if (file === null) continue;
    try {
      return meteredIn(await world.run(file, args));
    } catch {
      // the other one may reach the bus
    }
  }
  return null;
}

/** NMMetered: 0 unknown, 1 yes, 2 no, 3 guessed yes, 4 guessed no. busctl says "u 1", gdbus "(<uint32 1>,)". */
export function meteredIn(said: string): boolean | null {
  const [, busctl, gdbus] = /^\s*u (\d)\s*$|^\(<uint32 (\d)>,\)\s*$/.exec(said) ?? [];
  const value = Number(busctl ?? gdbus);
  if (value === 1 || value === 3) return true;
  return value === 2 || value === 4 ? false : null;
}
