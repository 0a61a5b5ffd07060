import { expect, test } from 'vitest';
import { handClock, type HandClock } from '../../test/fakes/hand-clock.ts';
import { isAnswering } from '../../src-shared/role.ts';
import { defaultUpdates, managedUpdates, type UpdateWishes } from '../../src-shared/updates.ts';
import { UpdateFailure, updatePace, updating, whyNoUpdates, type FoundUpdate, type Updating } from './updating.ts';

const hour = 3_600_000;
const beta: UpdateWishes = { on: true, channel: 'beta' };
const off: UpdateWishes = { on: false, channel: 'stable' };

type Played = {
  updating: Updating;
  clock: HandClock;
  /** What the updater was asked, in order. */
  asked: string[];
  /** What a look finds from now on. */
  offer: (found: FoundUpdate | null | Error) => void;
  /** Downloads wait until then. */
  hold: () => { go: () => void };
  onQuit: () => boolean;
  told: string[];
};

/** Without jitter, unless a share is given. */
function played(share = 0.5): Played {
  const clock = handClock();
  const asked: string[] = [];
  const told: string[] = [];
  let found: FoundUpdate | null | Error = null;
  let gate: Promise<void> = Promise.resolve();
  let onQuit = false;
  const made = updating({
    updater: {
      async check(channel) {
        asked.push(`check ${channel}`);
        if (found instanceof Error) throw found;
        return found;
      },
      async download(progress, signal) {
        asked.push('download');
        progress(0.25);
        await gate;
        if (signal.aborted) throw new Error('cancelled');
      },
      installOnQuit: (wanted) => void (onQuit = wanted),
    },
    clock,
    random: () => share,
    ready: (version) => void told.push(`ready ${version}`),
    failed: (reason) => void told.push(`failed ${reason}`),
  });
  return {
    updating: made,
    clock,
    asked,
    told,
    offer: (next) => void (found = next),
    hold() {
      let go = (): void => {};
      gate = new Promise((resolve) => (go = resolve));
      return { go };
    },
    onQuit: () => onQuit,
  };
}

const v2: FoundUpdate = { version: '2.0.0', notes: 'Faster.' };

test('it looks soon after the start and four times a day, jittered by a quarter, and not before the settings are known', async () => {
  for (const [share, first] of [
    [0.5, updatePace.startMs],
    [0, updatePace.startMs * 0.75],
    [1, updatePace.startMs * 1.25],
  ] as const) {
    const { updating: made, clock, asked } = played(share);
    await clock.run(hour);
    expect(asked).toEqual([]);
    made.see(defaultUpdates, false);
    await clock.run(first - 1);
    expect(asked).toEqual([]);
    await clock.run(1);
    expect(asked).toEqual(['check stable']);
    await clock.run(24 * hour * (0.75 + share / 2));
    expect(asked.length).toBe(5);
  }
});

test('what it finds is fetched in the background, told once, and put in place by quitting', async () => {
  const { updating: made, clock, asked, told, offer, hold, onQuit } = played();
  offer(v2);
  const { go } = hold();
  made.see(defaultUpdates, false);
  await clock.run(updatePace.startMs);
  expect(made.state().phase).toEqual({ kind: 'downloading', version: '2.0.0', share: 0.25 });
  expect(onQuit()).toBe(false);
  go();
  await clock.run(0);
  expect(made.state()).toEqual({ unsupported: null, phase: { kind: 'ready', ...v2 }, checkedAt: updatePace.startMs });
  expect(onQuit()).toBe(true);
  await clock.run(7 * hour);
  expect(asked).toEqual(['check stable', 'download', 'check stable']);
  expect(told).toEqual(['ready 2.0.0']);
  offer({ version: '2.1.0', notes: '' });
  await clock.run(6 * hour);
  expect(told).toEqual(['ready 2.0.0', 'ready 2.1.0']);
});

test('while somebody is being answered nothing is fetched, and nothing put in place', async () => {
  const { updating: made, clock, asked, offer } = played();
  offer(v2);
  made.see(defaultUpdates, true);
  await clock.run(12 * hour);
  expect(asked).toEqual([]);
  made.see(defaultUpdates, false);
  await clock.run(0);
  expect(made.mayInstall()).toBe(true);
  made.see(defaultUpdates, true);
  expect(made.mayInstall()).toBe(false);
  made.see(defaultUpdates, false);
  expect(made.mayInstall()).toBe(true);
});

test('a failure is told once, stands there in one word, and is tried again ever more seldom', async () => {
  const { updating: made, clock, asked, told, offer } = played();
  offer(new UpdateFailure('unreachable', 'no way there'));
  made.see(defaultUpdates, false);
  await clock.run(updatePace.startMs);
  expect(made.state().phase).toEqual({ kind: 'failed', fault: 'unreachable' });
  await clock.run(updatePace.retryMs - 1);
  expect(asked.length).toBe(1);
  await clock.run(1);
  expect(asked.length).toBe(2);
  await clock.run(2 * updatePace.retryMs);
  expect(asked.length).toBe(3);
  await clock.run(24 * hour);
  expect(asked.length).toBeLessThan(10);
  expect(told).toEqual(['failed no way there']);
  offer(null);
  await clock.run(6 * hour);
  expect(made.state().phase).toEqual({ kind: 'idle' });
});

test('one that lies ready stays so when a later look fails', async () => {
  const { updating: made, clock, offer } = played();
  offer(v2);
  made.see(defaultUpdates, false);
  await clock.run(updatePace.startMs);
  offer(new Error('odd'));
  await clock.run(6 * hour);
  expect(made.state().phase).toEqual({ kind: 'ready', ...v2 });
});

test('switched off it asks nobody, ends a download, and puts nothing in place; switched on it looks at once', async () => {
  const { updating: made, clock, asked, told, offer, hold, onQuit } = played();
  offer(v2);
  made.see(off, false);
  made.check();
  await clock.run(24 * hour);
  expect(asked).toEqual([]);
  const { go } = hold();
  made.see(defaultUpdates, false);
  await clock.run(0);
  expect(asked).toEqual(['check stable', 'download']);
  made.see(off, false);
  go();
  await clock.run(24 * hour);
  expect(made.state().phase).toEqual({ kind: 'idle' });
  expect({ told, onQuit: onQuit(), asked: asked.length }).toEqual({ told: [], onQuit: false, asked: 2 });
});

test('another channel forgets what was fetched from the one before', async () => {
  const { updating: made, clock, asked, offer, onQuit } = played();
  offer({ version: '2.0.0-beta.1', notes: '' });
  made.see(beta, false);
  await clock.run(updatePace.startMs);
  expect(onQuit()).toBe(true);
  offer(null);
  made.see(defaultUpdates, false);
  await clock.run(0);
  expect(asked.at(-1)).toBe('check stable');
  expect({ phase: made.state().phase, onQuit: onQuit() }).toEqual({ phase: { kind: 'idle' }, onQuit: false });
});

test('the person can have it look now; after the end nothing happens', async () => {
  const { updating: made, clock, asked } = played();
  made.see(defaultUpdates, true);
  made.check();
  made.check();
  await clock.run(0);
  expect(asked).toEqual(['check stable']);
  made.stop();
  made.check();
  await clock.run(24 * hour);
  expect(asked).toEqual(['check stable']);
});

test('a machine that answers is busy, for others or for itself', () => {
  const leader = { kind: 'leader' as const, models: 1, waiting: 0 };
  expect(isAnswering({ ...leader, running: 1 })).toBe(true);
  expect(isAnswering({ ...leader, running: 0, people: 1 })).toBe(true);
  expect(isAnswering({ kind: 'draining', running: 1 })).toBe(true);
  expect(isAnswering({ ...leader, running: 0 })).toBe(false);
  expect(isAnswering({ kind: 'off' })).toBe(false);
});

test('a copy that does not update itself says why', () => {
  const good = { packaged: true, realElectron: true, platform: 'linux' as const, installed: true, source: true, signed: false };
  expect(whyNoUpdates(good)).toBeNull();
  expect(whyNoUpdates({ ...good, packaged: false })).toBe('clone');
  expect(whyNoUpdates({ ...good, realElectron: false })).toBe('test-build');
  expect(whyNoUpdates({ ...good, source: false })).toBe('no-source');
  expect(whyNoUpdates({ ...good, installed: false })).toBe('not-installed');
  expect(whyNoUpdates({ ...good, platform: 'darwin', installed: false })).toBe('unsigned');
  expect(whyNoUpdates({ ...good, platform: 'darwin', installed: false, signed: true })).toBeNull();
  expect(whyNoUpdates({ ...good, platform: 'win32', installed: false })).toBeNull();
});

test('whoever manages the machine decides by AXON_UPDATES', () => {
  expect(managedUpdates('off')).toEqual({ on: false, channel: 'stable' });
  expect(managedUpdates('beta')).toEqual({ on: true, channel: 'beta' });
  expect(managedUpdates('stable')).toEqual({ on: true, channel: 'stable' });
  for (const said of [undefined, '', 'nightly']) expect(managedUpdates(said)).toBeUndefined();
});
