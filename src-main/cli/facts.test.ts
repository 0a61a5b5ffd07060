import { expect, test } from 'vitest';
import { unknownHardware, type HardwareFacts } from '../../src-shared/hardware.ts';
import type { SwarmSnapshot } from '../../src-shared/snapshot.ts';
import { factsLines } from './facts.ts';
import { formatted } from './format.ts';
import { snapshotLines } from './swarm-status.ts';

const laptop: HardwareFacts = {
  os: 'An OS 7',
  arch: 'arm64',
  cpu: { model: 'a cpu', cores: 8 },
  ram: { totalMb: 16_384, freeMb: 8192, pressure: 0.25 },
  swap: null,
  disk: { totalMb: 102_400, freeMb: 51_200 },
  gpus: [
    { name: 'a card', vramMb: 8192, vramFreeMb: null, unified: false },
    { name: 'its own', vramMb: null, vramFreeMb: null, unified: true },
  ],
  load: 0.07,
  battery: { percent: 80, charging: true },
  onAc: true,
  addresses: [{ name: 'eth0', address: '192.0.2.1' }],
  tools: [
    { name: 'git', version: '2.1' },
    { name: 'go', version: null },
  ],
  unknown: [],
  lookedAt: { memory: 1000, gpus: 61_000 },
};

test('what is known is told with its age', () => {
  expect(factsLines(laptop, 181_000)).toEqual([
    'system       An OS 7, arm64',
    'processor    a cpu, 8 cores; load 7 %',
    'memory       8.0 of 16.0 GiB free; pressure 25 %  (3 min ago)',
    'swap         none  (3 min ago)',
    'disk         50.0 of 100.0 GiB free',
    'graphics     a card, unknown of 8.0 GiB free  (2 min ago)',
    "graphics     its own, which shares the machine's memory  (2 min ago)",
    'power        mains; battery 80 %, charging',
    'address      eth0 192.0.2.1',
    'tools        git 2.1, go',
  ]);
});

test('what is unknown is called so, and never 0 nor none', () => {
  const lines = factsLines(unknownHardware, 0).join('\n');
  expect(lines).not.toMatch(/\b0\b|none/);
  expect(lines.match(/unknown/g)?.length).toBeGreaterThanOrEqual(9);
});

const snapshot: SwarmSnapshot = {
  takenAt: 1000,
  takenBy: 'desk',
  nodes: [
    {
      peerId: 'p',
      name: 'attic\u001B[2J',
      self: false,
      status: 'partial',
      unknown: ['load', 'vramFree'],
      role: 'auto',
      leads: true,
      models: [{ name: 'm', loaded: true, tokensPerSecond: null }],
      slots: { total: 4, free: 3 },
      waiting: 0,
      reservedMb: 512,
      paused: null,
      latencyMs: 1,
      hardware: null,
      seenAt: 500,
      toldAt: 1000,
    },
  ],
  totals: {
    ...{ nodes: 1, complete: 0, partial: 1, stale: 0, unreachable: 0, leaders: 1, unified: 1, models: 1 },
    cores: { sum: 12, unknown: 1 },
    ramMb: { sum: 2048, unknown: 0 },
    ramFreeMb: { sum: 1024, unknown: 0 },
    vramMb: { sum: 0, unknown: 0 },
    vramFreeMb: { sum: 0, unknown: 1 },
    slots: { sum: 4, unknown: 0 },
    freeSlots: { sum: 3, unknown: 0 },
    waiting: { sum: 0, unknown: 0 },
  },
};

test('a snapshot says its age, what is missing, and obeys no other machine', () => {
  expect(snapshotLines(snapshot, 8_000_000)).toEqual([
    'snapshot     as desk knew the swarm 2 h ago',
    'machines     1: 0 complete, 1 partly known, 0 stale, 0 not reached; 1 lead',
    'together     12 (and 1 unknown) cores; memory 1.0 of 2.0 GiB free; graphics memory 0.0 (and 1 unknown) of 0.0 GiB free',
    'lent         3 of 4 slots free, 0 waiting, 1 model',
    "             the graphics of 1 share the machine's memory",
    'attic[2J  partly known  automatic, leads  m  load unknown  2 h ago  p · 512 MB reserved  unknown: load, free graphics memory',
  ]);
});

test('the same for programs', async () => {
  const { parse } = await import('yaml');
  expect(JSON.parse(await formatted(snapshot, 'json', () => []))).toEqual(snapshot);
  expect(parse(await formatted(snapshot, 'yaml', () => []))).toEqual(snapshot);
});
