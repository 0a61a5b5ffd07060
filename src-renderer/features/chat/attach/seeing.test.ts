import { expect, test } from 'vitest';
import type { SwarmView } from '../../../../src-shared/swarm-view.ts';
import { isBlind, seers } from './seeing.ts';

type Engine = { images?: boolean; healthy?: boolean };
const model = (name: string, ...capabilities: string[]): object => ({ name, loaded: false, capabilities });
const peer = (name: string, engine: Engine, models: object[], state = 'connected'): object => ({
  peerId: `id-${name}`,
  state,
  offer: { name, leads: { engine, models } },
});
const view = (peers: object[], self: object = {}, allowed = true): Pick<SwarmView, 'self' | 'peers' | 'membership'> =>
  ({
    self: { peerId: 'self', name: 'here', role: { actual: { kind: 'subordinate', leader: null } }, engine: null, models: [], ...self },
    membership: { members: [{ self: true, permissions: { chat: allowed } }] },
    peers,
  }) as never;

const eyes = [model('text'), model('eyes', 'tools', 'vision')];

test('a model sees where it can and its machine takes pictures, is there and answers', () => {
  const found = seers(
    view([
      peer('zoe', { images: true }, eyes),
      peer('anna', { images: true, healthy: true }, eyes),
      peer('older', {}, eyes),
      peer('broken', { images: true, healthy: false }, eyes),
      peer('gone', { images: true }, eyes, 'away'),
      { peerId: 'x', state: 'connected', offer: null },
    ]),
  );
  expect(found).toEqual([
    { machine: 'id-anna', machineName: 'anna', model: 'eyes' },
    { machine: 'id-zoe', machineName: 'zoe', model: 'eyes' },
  ]);
});

test('this machine comes first, while it answers', () => {
  const own = { engine: { images: true }, models: eyes };
  const there = [peer('anna', { images: true }, eyes)];
  expect(seers(view(there, { ...own, role: { actual: { kind: 'leader' } } })).map(({ machine }) => machine)).toEqual(['self', 'id-anna']);
  expect(seers(view(there, own)).map(({ machine }) => machine)).toEqual(['id-anna']);
});

test('no other machine sees for a device that may not ask', () => {
  expect(seers(view([peer('anna', { images: true }, eyes)], {}, false))).toEqual([]);
});

test('who was picked has to be among them', () => {
  const able = seers(view([peer('anna', { images: true }, eyes)]));
  expect(isBlind({ model: null, machine: null }, able)).toBe(false);
  expect(isBlind({ model: 'eyes', machine: null }, able)).toBe(false);
  expect(isBlind({ model: 'eyes', machine: 'id-anna' }, able)).toBe(false);
  expect(isBlind({ model: null, machine: 'id-anna' }, able)).toBe(false);
  expect(isBlind({ model: 'text', machine: null }, able)).toBe(true);
  expect(isBlind({ model: 'eyes', machine: 'id-zoe' }, able)).toBe(true);
  expect(isBlind({ model: null, machine: null }, [])).toBe(true);
});
