// What the probes make of what systems say, with what real ones said.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findProgram } from './find-program.ts';
import { amdMemory, isIntegrated, nvidiaOf } from './gpus.ts';
import { memoryOf, scarcity, stallOf } from './memory.ts';
import { powerOf, readSupplies, type Supply } from './power.ts';
import { runBriefly } from './run.ts';
import { toolProbe, versionIn } from './tools.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'axon-hardware-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('memory', () => {
  const meminfo =
    'MemTotal:       16384000 kB\nMemFree:          200000 kB\nMemAvailable:    8192000 kB\nSwapTotal:       2048000 kB\nSwapFree:        1024000 kB\n';

  test('what programs could get, not what lies idle', () => {
    expect(memoryOf(meminfo, null)).toEqual({ ram: { totalMb: 16_000, freeMb: 8000, pressure: 0 }, swap: { totalMb: 2000, freeMb: 1000 } });
  });

  test('no swap is none, and an old kernel that says nothing leaves it unknown', () => {
    expect(memoryOf(meminfo.replace('2048000', '0'), null).swap).toBeNull();
    expect(memoryOf('', null)).toEqual({ ram: { totalMb: null, freeMb: null, pressure: null }, swap: { totalMb: null, freeMb: null } });
  });

  test('in a container its own bound counts', () => {
    const bound = { total: 1000 * 2 ** 20, available: 100 * 2 ** 20 };
    expect(memoryOf(meminfo, bound).ram).toEqual({ totalMb: 1000, freeMb: 100, pressure: 0.75 });
  });

  test('pressure is 0 with a quarter free, 1 with a twentieth', () => {
    expect([0.9, 0.25, 0.15, 0.05, 0.01].map((share) => scarcity(1000, share * 1000))).toEqual([0, 0, 0.5, 1, 1]);
  });

  test('the share of time in which programs waited', () => {
    expect(stallOf('some avg10=12.50 avg60=3.00 avg300=1.00 total=9\nfull avg10=9.00 avg60=0.00 avg300=0.00 total=5\n')).toBe(0.125);
    expect(stallOf('')).toBeNull();
  });
});

describe('power', () => {
  const supply = (type: string, more: Partial<Supply> = {}): Supply => ({ type, scope: '', online: '', capacity: '', status: '', ...more });

  test.each<[string, Supply[], ReturnType<typeof powerOf>]>([
    ['a desktop', [], { battery: null, onAc: true }],
    ['a desktop with a mouse', [supply('Battery', { scope: 'Device', capacity: '80' })], { battery: null, onAc: true }],
    [
      'a laptop on its charger',
      [supply('Mains', { online: '1' }), supply('Battery', { capacity: '80', status: 'Charging' })],
      { battery: { percent: 80, charging: true }, onAc: true },
    ],
    [
      'a laptop on the sofa',
      [supply('Mains', { online: '0' }), supply('USB', { online: '0' }), supply('Battery', { capacity: '41', status: 'Discharging' })],
      { battery: { percent: 41, charging: false }, onAc: false },
    ],
    [
      'one that tells nothing of its plug',
      [supply('Battery', { status: 'Discharging' })],
      { battery: { percent: null, charging: false }, onAc: false },
    ],
    ['one that tells nothing at all', [supply('Battery')], { battery: { percent: null, charging: null }, onAc: null }],
  ])('%s', (_, supplies, facts) => {
    expect(powerOf(supplies)).toEqual(facts);
  });

  test('is read from the kernel; where it says nothing, nothing is claimed', async () => {
    mkdirSync(path.join(folder, 'BAT0'));
    for (const [name, text] of Object.entries({ type: 'Battery', capacity: '55', status: 'Full' }))
      writeFileSync(path.join(folder, 'BAT0', name), `${text}\n`);
    expect(powerOf(await readSupplies(folder))).toEqual({ battery: { percent: 55, charging: false }, onAc: true });
    await expect(readSupplies(path.join(folder, 'missing'))).rejects.toThrow(/ENOENT/);
  });
});

describe('graphics cards', () => {
  test('what nvidia-smi says; no figure is no figure, and 0 free is 0', () => {
    expect(nvidiaOf('NVIDIA GeForce RTX 4090, 24564, 0\nNVIDIA GB10, [N/A], [N/A]\nNVIDIA A100, [Insufficient Permissions], 7\n')).toEqual([
      { name: 'NVIDIA GeForce RTX 4090', vramMb: 24_564, vramFreeMb: 0, unified: false },
      { name: 'NVIDIA GB10', vramMb: null, vramFreeMb: null, unified: true },
      { name: 'NVIDIA A100', vramMb: null, vramFreeMb: 7, unified: false },
    ]);
    expect(nvidiaOf('\n')).toBeNull();
  });

  test('what the amdgpu driver says', async () => {
    const device = path.join(folder, 'devices', '0000:03:00.0');
    mkdirSync(device, { recursive: true });
    mkdirSync(path.join(folder, 'card0'));
    symlinkSync(device, path.join(folder, 'card0', 'device'));
    writeFileSync(path.join(device, 'mem_info_vram_total'), `${16 * 2 ** 30}\n`);
    writeFileSync(path.join(device, 'mem_info_vram_used'), `${2 ** 30}\n`);
    expect(await amdMemory(folder)).toEqual(new Map([['0000:03:00.0', { totalMb: 16_384, usedMb: 1024 }]]));
    expect(await amdMemory(path.join(folder, 'missing'))).toEqual(new Map());
  });

  test.each([
    ['Intel Corporation UHD Graphics 620', true],
    ['Intel Corporation Arc A770', false],
    ['Advanced Micro Devices, Inc. [AMD/ATI] Cezanne [Radeon Vega Series]', true],
    ['AMD Radeon(TM) Graphics', true],
    ['AMD Radeon RX 7900 XTX', false],
    ['NVIDIA GeForce RTX 4090', false],
  ])('%s shares the RAM: %s', (name, shares) => {
    expect(isIntegrated(name)).toBe(shares);
  });
});

describe('programs', () => {
  const program = (where: string, name: string, text = '#!/bin/sh\necho "$0 version 1.2.3"\n'): string => {
    mkdirSync(path.join(folder, where), { recursive: true });
    const file = path.join(folder, where, name);
    writeFileSync(file, text, { mode: 0o755 });
    return file;
  };
  const world = (...folders: string[]) => ({ platform: 'linux' as const, env: { PATH: folders.join(':') } });

  test('the first in PATH that may be run', async () => {
    const file = program('b', 'thing');
    program('a', 'thing');
    chmodSync(path.join(folder, 'a', 'thing'), 0o644);
    mkdirSync(path.join(folder, 'c', 'thing'), { recursive: true });
    const all = ['a', 'c', 'b'].map((name) => path.join(folder, name));
    expect(await findProgram('thing', world(...all))).toBe(file);
    expect(await findProgram('other', world(...all))).toBeNull();
    expect(await findProgram('thing', { platform: 'linux', env: {} })).toBeNull();
  });

  test('a folder that anybody may write into, or a relative one, is not looked into', async () => {
    program('open', 'thing');
    chmodSync(path.join(folder, 'open'), 0o777);
    expect(await findProgram('thing', world(path.join(folder, 'open'), '.', ''))).toBeNull();
    chmodSync(path.join(folder, 'open'), 0o755);
    expect(await findProgram('thing', world(path.join(folder, 'open')))).not.toBeNull();
  });

  test('on a Mac without developer tools, git is not asked for: that would open a window', async () => {
    expect(await findProgram('git', { platform: 'darwin', env: { PATH: '/usr/bin' } })).toBeNull();
    expect(await findProgram('git', { platform: 'linux', env: { PATH: '/usr/bin' } })).toBe('/usr/bin/git');
  });

  test('without a shell: what looks like a command in an argument is an argument', async () => {
    const echo = program('b', 'echo-it', '#!/bin/sh\nprintf %s "$1"\n');
    expect((await runBriefly(echo, ['$(id); `id`'], 5000)).out).toBe('$(id); `id`');
  });

  test('one that hangs, fails or floods is given up', async () => {
    await expect(runBriefly(program('b', 'hang', '#!/bin/sh\nsleep 60\n'), [], 200)).rejects.toThrow(/failed/);
    await expect(runBriefly(program('b', 'bad', '#!/bin/sh\nexit 3\n'), [], 5000)).rejects.toThrow(/3/);
    await expect(runBriefly(program('b', 'flood', '#!/bin/sh\nyes\n'), [], 5000)).rejects.toThrow(/failed/);
    await expect(runBriefly(path.join(folder, 'none'), [], 5000)).rejects.toThrow(/ENOENT/);
  });

  test('is asked for its version once, and again when it is another file', async () => {
    const file = program('b', 'git');
    let runs = 0;
    const look = toolProbe(
      (name) => Promise.resolve(name === 'git' ? file : null),
      (...args) => ((runs += 1), runBriefly(...args)),
    );
    expect(await look()).toEqual([{ name: 'git', version: '1.2.3' }]);
    expect(await look()).toEqual([{ name: 'git', version: '1.2.3' }]);
    expect(runs).toBe(1);
    program('b', 'git', '#!/bin/sh\necho git version 2.0.0.1\n');
    expect(await look()).toEqual([{ name: 'git', version: '2.0.0.1' }]);
    program('b', 'git', '#!/bin/sh\nexit 1\n');
    expect(await look()).toEqual([{ name: 'git', version: null }]);
  });

  test.each([
    ['git version 2.39.5 (Apple Git-154)', '2.39.5'],
    ['Docker version 27.3.1, build ce12230', '27.3.1'],
    ['go version go1.22.4 linux/amd64', '1.22.4'],
    ['v20.18.1', '20.18.1'],
    ['Python 3.11.2', '3.11.2'],
    ['version: 4567 (abc1234)\nbuilt with cc 12.2.0 for x86_64', '4567'],
    ['ffmpeg version 5.1.6-0+deb12u1 Copyright (c) 2000-2024', '5.1.6-0+deb12u1'],
    ['Warning: could not connect to a running Ollama instance\nWarning: client version is 0.5.4', '0.5.4'],
    ['gcc (Debian 12.2.0-14) 12.2.0', '12.2.0-14'],
    ['NVIDIA-SMI version  : 550.54.15\nNVML version        : 550.54', '550.54.15'],
    ['no number here', null],
  ])('%s', (said, version) => {
    expect(versionIn(said)).toBe(version);
  });
});
