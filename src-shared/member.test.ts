import { expect, test } from 'vitest';
import { swarmMark, twoSwarms, type AskedAdmin } from './member.ts';

const [ours, other] = ['1a2b3c4d'.padEnd(64, '0'), 'ffff'.padEnd(64, '0')];
const asked = (swarm: string, state: AskedAdmin['state'] = 'waiting'): AskedAdmin => ({
  peerId: 'x',
  name: 'X',
  words: 'a-b-c',
  swarm,
  state,
});

test('a swarm is called by the first eight digits of its id', () => {
  expect(swarmMark(ours)).toBe('1a2b-3c4d');
});

test('two swarms are those that machines name, and the one that this device has a list of', () => {
  expect(twoSwarms({ asked: [], swarm: null })).toBe(false);
  expect(twoSwarms({ asked: [asked(ours), asked(ours), asked('', 'refused')], swarm: null })).toBe(false);
  expect(twoSwarms({ asked: [asked(ours), asked(other)], swarm: null })).toBe(true);
  expect(twoSwarms({ asked: [asked(ours)], swarm: ours })).toBe(false);
  expect(twoSwarms({ asked: [asked(ours)], swarm: other })).toBe(true);
  // what waits for the person goes on waiting when the other one went away
  expect(twoSwarms({ asked: [asked(ours, 'offered')], swarm: null })).toBe(true);
});
