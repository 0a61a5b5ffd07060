import { expect, test } from 'vitest';
import { defaultPermissions } from '../../src-shared/member.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { fresh } from './fresh.ts';
import type { KeptRoster } from './roster-book.ts';

const of = (role: 'admin' | 'member') => ({ name: 'x', role, permissions: defaultPermissions });
const roster = {
  members: new Map([
    ['self', of('member')],
    ['asker', of('member')],
    ['admin', of('admin')],
  ]),
} as unknown as KeptRoster;

function machine() {
  const clock = handClock();
  let passed = 0;
  const judge = fresh(clock, () => (passed += 1));
  return { clock, judge, may: () => judge.may('asker', roster, 'self'), passed: () => passed };
}

test('nobody is served before the network is up; then after a second opinion, or after the grace', async () => {
  const { clock, judge, may, passed } = machine();
  expect(may()).toBe(false);
  judge.up();
  judge.compared('asker');
  expect(may()).toBe(false);
  judge.compared('admin');
  expect(may()).toBe(true);
  judge.up();
  expect(may()).toBe(false);
  await clock.run(3_000);
  expect([may(), passed()]).toEqual([true, 1]);
});

test('a sleep is noticed by whoever asks first after it, before any timer', async () => {
  const { clock, judge, may } = machine();
  judge.up();
  await clock.run(60_000);
  expect(may()).toBe(true);
  // as a frozen process: the clock went on, the tick did not run yet
  const frozen = handClock();
  let asleep = 0;
  const judged = fresh({ ...frozen, date: () => frozen.date() + asleep }, () => undefined);
  judged.up();
  await frozen.run(60_000);
  expect(judged.may('asker', roster, 'self')).toBe(true);
  asleep = 3_600_000;
  expect(judged.may('asker', roster, 'self')).toBe(false);
  judged.compared('admin');
  expect(judged.may('asker', roster, 'self')).toBe(true);
  judge.stop();
  judged.stop();
});
