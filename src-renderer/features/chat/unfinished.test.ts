import { expect, test } from 'vitest';
import type { Pause } from '../../../src-shared/peer.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { canGoOn, whoGoesOn } from './unfinished.ts';

const view = (
  actual: SwarmView['self']['role']['actual'],
  peers: { state?: string; models: string[] | null; paused?: Pause | null }[] = [],
  chat = true,
): SwarmView =>
  ({
    self: { role: { actual }, models: [{ name: 'own' }] },
    membership: { members: [{ self: true, permissions: { chat } }] },
    peers: peers.map(({ state = 'connected', models, paused }) => ({
      state,
      offer: { leads: models === null ? null : { models: models.map((name) => ({ name })), engine: {}, paused } },
    })),
  }) as unknown as SwarmView;
const asks = { kind: 'subordinate', leader: null } as const;
const leads = { kind: 'leader', models: 1, running: 0, waiting: 0 } as const;

test('an answer goes on where its model is offered now', () => {
  expect(canGoOn(view(asks), null)).toBe(false);
  expect(canGoOn(view(leads), 'own')).toBe(true);
  expect(canGoOn(view(leads), 'other')).toBe(false);
  expect(canGoOn(view(asks), 'own')).toBe(false);
  expect(canGoOn(view(asks, [{ models: ['m'] }]), 'm')).toBe(true);
  expect(canGoOn(view(asks, [{ models: ['m'] }]), null)).toBe(true);
  expect(canGoOn(view(asks, [{ models: ['x'] }, { models: ['m'] }]), 'm')).toBe(true);
});

test('and not on a machine that is away, leads nobody or pauses', () => {
  expect(canGoOn(view(asks, [{ state: 'away', models: ['m'] }]), 'm')).toBe(false);
  expect(canGoOn(view(asks, [{ models: null }]), null)).toBe(false);
  expect(canGoOn(view(asks, [{ models: ['m'], paused: { why: 'owner' } }]), 'm')).toBe(false);
});

test('and on no other machine once this device may not ask', () => {
  expect(canGoOn(view(asks, [{ models: ['m'] }], false), 'm')).toBe(false);
  expect(canGoOn(view(leads, [{ models: ['m'] }], false), 'm')).toBe(false);
  expect(canGoOn(view(leads, [], false), 'own')).toBe(true);
});

test('the one other machine that goes on has a name; where this one can as well, nothing is said of it', () => {
  const named = (...names: string[]): SwarmView => {
    const known = view(
      asks,
      names.map(() => ({ models: ['m'] })),
    );
    return { ...known, peers: known.peers.map((peer, at) => ({ ...peer, name: names[at] ?? '' })) };
  };
  expect(whoGoesOn(named('DESK'), 'm')).toEqual(['DESK']);
  expect(whoGoesOn(named('DESK', 'MINI'), 'm')).toEqual(['DESK', 'MINI']);
  expect(whoGoesOn(named('DESK'), 'x')).toEqual([]);
  expect(whoGoesOn(view(leads, [{ models: ['own'] }]), 'own')).toBe('here');
});
