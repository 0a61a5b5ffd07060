import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unknownHardware } from '../../src-shared/hardware.ts';
import { noMembership } from '../../src-shared/member.ts';
import type { Offer } from '../../src-shared/peer.ts';
import type { SwarmSnapshot } from '../../src-shared/snapshot.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { defaultSettings } from '../store/settings-store.ts';
import { openSnapshotFile } from '../store/snapshot-file.ts';
import { snapshots } from './snapshots.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const offer: Offer = { revision: 1, name: 'me', version: '0', role: 'subordinate', hardware: unknownHardware, leads: null };
const viewOf = (name: string): SwarmView => ({
  revision: 1,
  self: {
    peerId: null,
    name,
    version: '0',
    addresses: [],
    role: { wanted: 'subordinate', actual: { kind: 'off' } },
    hardware: unknownHardware,
    engine: null,
    models: [],
    identity: 'file',
    ciphers: 'native',
    paused: null,
  },
  key: { fingerprint: 'x' },
  membership: noMembership,
  peers: [],
  otherSwarms: 0,
  troubles: [],
  settings: defaultSettings(name),
});

function kept(write?: () => void) {
  const clock = handClock();
  const written: SwarmSnapshot[] = [];
  let name = 'me';
  const shots = snapshots({
    clock,
    log: quiet,
    keeper: { read: () => written.at(-1) ?? null, write: (snapshot) => (write ?? (() => void written.push(snapshot)))() },
    view: () => viewOf(name),
    offer: () => offer,
  });
  return { clock, written, shots, rename: (next: string) => void (name = next) };
}

test('one is kept half a minute after the first change, and another only when something but the time is new', async () => {
  const { clock, written, shots, rename } = kept();
  for (let second = 0; second < 300; second += 1) {
    shots.changed();
    await clock.run(1000);
  }
  expect(written).toHaveLength(1);
  rename('you');
  for (let second = 0; second < 31; second += 1) {
    shots.changed();
    await clock.run(1000);
  }
  expect(written.map(({ takenBy }) => takenBy)).toEqual(['me', 'you']);
  // so that its age says that nothing happened, and not that nobody looked
  for (let second = 0; second < 360; second += 1) {
    shots.changed();
    await clock.run(1000);
  }
  expect(written).toHaveLength(3);
});

test('the last word is kept at the end', async () => {
  const { clock, written, shots, rename } = kept();
  shots.changed();
  await clock.run(31_000);
  rename('you');
  shots.stop();
  expect(shots.kept()?.takenBy).toBe('you');
  expect(written).toHaveLength(2);
});

test('a disk that is full stops nobody', async () => {
  const { clock, shots } = kept(() => {
    throw new Error('ENOSPC');
  });
  shots.changed();
  await clock.run(31_000);
  expect(shots.now().takenBy).toBe('me');
});

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'axon-snapshot-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the file is for its owner alone, and a damaged or strange one is none', () => {
  const place = path.join(folder, 'snapshot.json');
  const file = openSnapshotFile(place);
  expect(file.read()).toBeNull();
  const { shots } = kept();
  file.write(shots.now());
  expect(file.read()).toEqual(shots.now());
  expect(statSync(place).mode & 0o777).toBe(0o600);
  for (const text of ['', '{"takenAt":', '{"takenAt":1,"takenBy":"x","nodes":[{}],"totals":{}}']) {
    writeFileSync(place, text);
    expect(file.read()).toBeNull();
  }
});
