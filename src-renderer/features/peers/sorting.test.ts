import { expect, test } from 'vitest';
import { unknownHardware } from '../../../src-shared/hardware.ts';
import type { Machine } from './machines.ts';
import { nextOrder, sorted } from './sorting.ts';

const machine = (name: string, change: Partial<Machine> = {}): Machine => ({
  id: name,
  name,
  self: false,
  member: true,
  state: 'connected',
  role: null,
  leads: false,
  engineDown: false,
  hardware: null,
  models: [],
  device: null,
  slots: null,
  waiting: null,
  running: null,
  waitMs: null,
  recent: [],
  startedAt: null,
  reservedMb: null,
  paused: null,
  downloading: null,
  preferred: false,
  latencyMs: null,
  lastSeen: null,
  toldAt: null,
  tooOld: false,
  version: null,
  addresses: [],
  ...change,
});
const names = (list: readonly Machine[]): string => list.map(({ name }) => name).join(' ');

test('what is unknown stands last, whichever way it is sorted', () => {
  const list = [machine('a'), machine('b', { latencyMs: 9 }), machine('c', { latencyMs: 2 }), machine('me', { self: true })];
  expect(names(sorted(list, { column: 'latency', descending: false }))).toBe('me c b a');
  expect(names(sorted(list, { column: 'latency', descending: true }))).toBe('b c me a');
  expect(names(sorted(list, null))).toBe('a b c me');
});

test('graphics by the most memory that is free, and by all of it where that is not told', () => {
  const gpu = (vramMb: number | null, vramFreeMb: number | null) => ({
    hardware: { ...unknownHardware, gpus: [{ name: 'g', vramMb, vramFreeMb, unified: false }] },
  });
  const list = [machine('none'), machine('full', gpu(24_000, 100)), machine('told', gpu(8000, null)), machine('mystery', gpu(null, null))];
  expect(names(sorted(list, { column: 'graphics', descending: true }))).toBe('told full none mystery');
});

test('work counts who is answered and who waits; versions go by their numbers', () => {
  const list = [
    machine('calm', { running: 0, version: '0.10.0' }),
    machine('busy', { running: 1, waiting: 4, version: '0.9.0' }),
    machine('silent'),
  ];
  expect(names(sorted(list, { column: 'work', descending: true }))).toBe('busy calm silent');
  expect(names(sorted(list, { column: 'version', descending: false }))).toBe('busy calm silent');
});

test('presses on one head: best first, the other way, none', () => {
  const once = nextOrder(null, 'memory');
  expect(once).toEqual({ column: 'memory', descending: true });
  expect(nextOrder(once, 'memory')).toEqual({ column: 'memory', descending: false });
  expect(nextOrder(nextOrder(once, 'memory'), 'memory')).toBeNull();
  expect(nextOrder(once, 'latency')).toEqual({ column: 'latency', descending: false });
});
