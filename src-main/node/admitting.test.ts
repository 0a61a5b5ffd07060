import { expect, test } from 'vitest';
import { fakePeer } from '../../test/fakes/fake-signing.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import type { JoinAnswer, JoinRequest } from '../membership/ports.ts';
import { admitting } from './admitting.ts';

const id = (number: number): string => fakePeer('ABCDEFGHJKLMNPQRSTUVWXYZ'.charAt(number));
const knock = (number: number, more: Partial<JoinRequest> = {}): JoinRequest => ({
  peerId: id(number),
  name: `device ${number}`,
  words: `otter-${number}-river`,
  by: 'key',
  ...more,
});
const welcome: JoinAnswer = { kind: 'welcome', news: { statements: [], keys: [] } };

function room() {
  const clock = handClock();
  const members = new Set<string>();
  let changes = 0;
  const applicants = admitting(
    clock,
    (peerId) => (members.has(peerId) ? welcome : null),
    () => (changes += 1),
  );
  const wait = (request: JoinRequest, signal = new AbortController().signal) =>
    applicants.wait(request, signal).then(
      (answer) => answer,
      (error: unknown) => error,
    );
  return { clock, members, applicants, wait, changes: () => changes };
}
const no = { kind: 'refused', why: 'no' };

test('whoever became a member meanwhile is answered, by whichever admin', async () => {
  const { members, applicants, wait } = room();
  const [first, second] = [wait(knock(1)), wait(knock(2))];
  expect(applicants.list().map(({ name }) => name)).toEqual(['device 1', 'device 2']);
  members.add(id(2));
  applicants.settle();
  expect(await second).toBe(welcome);
  expect(applicants.list().map(({ name }) => name)).toEqual(['device 1']);
  applicants.refuse(id(1));
  expect(await first).toEqual(no);
});

test('only the words that were compared count: a device that knocks anew has other ones', async () => {
  const { applicants, wait } = room();
  const first = wait(knock(1));
  void wait(knock(1, { words: 'other-words-now' }));
  expect(await first).toEqual(no);
  expect(() => applicants.find(id(1), 'otter-1-river')).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(applicants.find(id(1), 'other-words-now').name).toBe('device 1');
  expect(() => applicants.find(id(2), 'other-words-now')).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(() => applicants.refuse(id(2))).toThrow(expect.objectContaining({ code: 'not-found' }));
});

test('refused, it is told no for ten minutes without being shown; by a code it is asked about again', async () => {
  const { clock, applicants, wait } = room();
  void wait(knock(1));
  applicants.refuse(id(1));
  expect(await wait(knock(1))).toEqual(no);
  await clock.run(599_000);
  expect(await wait(knock(1))).toEqual(no);
  void wait(knock(1, { by: 'code' }));
  expect(applicants.list()).toHaveLength(1);
  applicants.clear();
  void wait(knock(1));
  expect(applicants.list()).toHaveLength(1);
});

test('sixteen at most; the oldest goes; one that goes away is shown no more', async () => {
  const { applicants, wait, changes } = room();
  const first = wait(knock(1));
  const stop = new AbortController();
  const second = wait(knock(2), stop.signal);
  for (let number = 3; number < 18; number += 1) void wait(knock(number));
  expect(await first).toEqual(no);
  expect(applicants.list()).toHaveLength(16);
  const before = changes();
  stop.abort(new Error('gone'));
  expect(await second).toMatchObject({ message: 'gone' });
  expect(applicants.list()).toHaveLength(15);
  expect(changes()).toBeGreaterThan(before);
});

test('a device without a usable name has the end of its id for one', () => {
  const { applicants, wait } = room();
  void wait(knock(1, { name: '   ' }));
  void wait(knock(2, { name: 'x'.repeat(500) }));
  expect(applicants.list().map(({ name }) => name)).toEqual([`…${id(1).slice(-6)}`, 'x'.repeat(63)]);
});
