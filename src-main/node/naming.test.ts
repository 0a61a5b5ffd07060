import { expect, test, vi } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { naming } from './naming.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function machine({ listed = 'LAPTOP' as string | null, followed = 'LAPTOP' as string | null } = {}) {
  const clock = handClock();
  const now = { name: 'LAPTOP', listed, followed };
  const rename = vi.fn((name: string) => void (now.listed = name));
  const names = naming({
    clock,
    log,
    name: () => now.name,
    listed: () => now.listed,
    followed: () => now.followed,
    follow: (name) => void (now.followed = name),
    rename,
  });
  const call = (name: string): void => {
    now.name = name;
    names.look();
  };
  return { clock, now, rename, names, call };
}

test('a new name is followed once it stands still, with one statement', async () => {
  const { clock, now, rename, call } = machine();
  for (const name of ['L', 'LA', 'LAB']) {
    call(name);
    await clock.run(1_900);
  }
  expect(rename).not.toHaveBeenCalled();
  await clock.run(100);
  expect([rename.mock.calls, now.listed]).toEqual([[['LAB']], 'LAB']);
  call('LAB');
  await clock.run(10_000);
  expect(rename).toHaveBeenCalledOnce();
});

test('changed and changed back it is not said at all', async () => {
  const { clock, rename, call } = machine();
  call('OTHER');
  call('LAPTOP');
  await clock.run(10_000);
  expect([rename.mock.calls.length, clock.timers()]).toEqual([0, 0]);
});

test('what an admin called it afterwards stands, until the setting changes again', async () => {
  const { clock, now, rename, names, call } = machine();
  now.listed = 'ANNA';
  names.look();
  await clock.run(10_000);
  expect(rename).not.toHaveBeenCalled();
  call('BELLA');
  await clock.run(2_000);
  expect(now.listed).toBe('BELLA');
});

test('changed while nobody had let it in yet, it is followed as soon as it is in; in no swarm nothing is', async () => {
  const { clock, now, rename, names, call } = machine({ listed: null, followed: null });
  call('NEW');
  await clock.run(10_000);
  expect(rename).not.toHaveBeenCalled();
  // let in under the name that it gave first
  [now.listed, now.followed] = ['LAPTOP', 'LAPTOP'];
  names.look();
  await clock.run(2_000);
  expect(rename.mock.calls).toEqual([['NEW']]);
});

test('of a home from before this was kept nobody knows who gave the name: it stands', async () => {
  const { clock, now, rename, names } = machine({ listed: 'ANNA', followed: null });
  names.look();
  await clock.run(10_000);
  expect([rename.mock.calls.length, now.followed]).toEqual([0, 'LAPTOP']);
});

test('refused, it is not said again and again; stopped, not at all', async () => {
  const { clock, rename, names, call } = machine();
  rename.mockImplementation(() => {
    throw new Failure('roster-full', 'No room.');
  });
  call('A');
  await clock.run(2_000);
  names.look();
  await clock.run(10_000);
  expect(rename).toHaveBeenCalledOnce();
  call('B');
  names.stop();
  await clock.run(10_000);
  expect(rename).toHaveBeenCalledOnce();
});
