// A new swarm key after each removal, on devices that crash between any two writes to their disks, sleep, and miss what they are told.
// Nobody who stays may be locked out of the key in force; nobody who was removed may hold a key made after that, or be spoken to.
import { afterAll, describe, expect, test } from 'vitest';
import { defaultPermissions } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { keepKey, keysFor, newKeyring, prune, takeKeys } from '../../src-main/membership/keyring.ts';
import type { Keyring, News } from '../../src-main/membership/ports.ts';
import { emptyRoster, foundRoster, heads, merge, state, statements, write, type Roster } from '../../src-main/membership/roster.ts';
import { fakeCrypto as crypto, fakePeer, fakeSigner } from '../fakes/fake-signing.ts';
import { randomOf, shuffled } from '../fakes/histories.ts';
import { report } from '../report.ts';

const goal = 5_000;
const stepsPerLife = 60;
/** Longest life of a simulated swarm: a key stays good for 30 days. */
const longestMs = 29 * 86_400_000;
const { row, write: save } = report('trust.json');
afterAll(() => void save());

/** What a device has on its disk, written one part at a time. */
type Device = {
  peerId: PeerId;
  roster: Roster;
  keyring: Keyring;
  /** Hashes of all keys that it was ever given: a thief keeps what it can get. */
  given: Set<string>;
};
/** Known to be wrong: what the simulation must find. */
type Naive = { statementFirst?: true; anyKey?: true; keyOnly?: true; forgets?: true };
type Outcome = {
  rotations: number;
  interrupted: number;
  crashes: number;
  lockedOut: string[];
  letIn: string[];
  removed: number;
  adminless: boolean;
};

describe('rotation of the swarm key', () => {
  test(`${goal} interrupted ones lock nobody out and let nobody in`, { timeout: 600_000 }, () => {
    const sum = { rotations: 0, interrupted: 0, crashes: 0, removed: 0, lockedOut: 0, letIn: 0, adminless: 0 };
    const faults: string[] = [];
    let seed = 0;
    while (sum.interrupted < goal) {
      seed += 1;
      const { rotations, interrupted, crashes, removed, lockedOut, letIn, adminless } = life(seed);
      sum.rotations += rotations;
      sum.interrupted += interrupted;
      sum.crashes += crashes;
      sum.removed += removed;
      sum.lockedOut += lockedOut.length;
      sum.letIn += letIn.length;
      sum.adminless += Number(adminless);
      faults.push(...[...lockedOut, ...letIn].map((fault) => `seed ${seed}: ${fault}`));
    }
    const note = `${seed} swarms of 8, ${sum.rotations} new keys, ${sum.interrupted} more begun and interrupted, ${sum.removed} removals, ${sum.crashes} crashes in all`;
    row({ name: 'rotation: members locked out after interrupted rotations', value: sum.lockedOut, unit: 'devices', limit: 0, note });
    row({ name: 'rotation: removed devices let in or given a newer key', value: sum.letIn, unit: 'devices', limit: 0, note });
    expect(faults.slice(0, 5)).toEqual([]);
    expect(sum.rotations).toBeGreaterThan(goal / 2);
  });

  test.each<[string, Naive, 'lockedOut' | 'letIn']>([
    ['the statement is written before the key', { statementFirst: true }, 'lockedOut'],
    ['old keys are forgotten at once', { forgets: true }, 'lockedOut'],
    ['a device uses any key that it is given', { anyKey: true }, 'lockedOut'],
    ['keys are passed on without their statements', { keyOnly: true }, 'letIn'],
  ])('finds the fault when %s', (_, naive, fault) => {
    let found = 0;
    for (let seed = 1; seed <= 600 && found === 0; seed += 1) found += life(seed, naive)[fault].length;
    expect(found).toBeGreaterThan(0);
  });
});

function life(seed: number, naive: Naive = {}): Outcome {
  const random = randomOf(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const outcome: Outcome = { rotations: 0, interrupted: 0, crashes: 0, lockedOut: [], letIn: [], removed: 0, adminless: false };
  /** Which key which statement began, for the judge; and the time on everybody's wall. */
  const keys = new Map<string, string>();
  let now = 1_000;

  const freshKey = (): string => {
    const key = crypto.hash(`${seed} ${keys.size} ${random()}`);
    keys.set(crypto.hash(key), key);
    return key;
  };
  const all = beginning(freshKey());
  const late = fakePeer('Z');

  /** Does one write after the other; a crash leaves those after it undone. */
  const run = (device: Device, writes: ((device: Device) => void)[], mayCrash: boolean): boolean => {
    const crashAt = mayCrash && random() < 0.5 ? below(writes.length) : -1;
    for (const [index, one] of writes.entries()) {
      if (index === crashAt) {
        outcome.crashes += 1;
        // what it does at its next start
        device.keyring = prune(takeKeys(device.keyring, state(device.roster), [], crypto, now), now);
        return false;
      }
      one(device);
      if (naive.forgets === true) device.keyring = { ...device.keyring, retired: [] };
    }
    return true;
  };
  const settle = (device: Device): void => {
    device.keyring = prune(takeKeys(device.keyring, state(device.roster), [], crypto, now), now);
  };
  const isAdmin = ({ peerId, roster }: Device): boolean => state(roster).members.get(peerId)?.role === 'admin';

  const rotate = (device: Device, mayCrash: boolean): void => {
    if (!isAdmin(device) || !state(device.roster).needsRotation) return;
    const number = (state(device.roster).epoch?.number ?? 0) + 1;
    const key = freshKey();
    const keep = (one: Device): void => void (one.keyring = keepKey(one.keyring, { epoch: number, key }, now));
    const say = (one: Device): void => {
      const op = { op: 'epoch', number, keyHash: crypto.hash(key) } as const;
      one.roster = write(crypto, fakeSigner(one.peerId), one.peerId, one.roster, op).roster;
    };
    if (run(device, naive.statementFirst === true ? [say, keep, settle] : [keep, say, settle], mayCrash)) outcome.rotations += 1;
    else outcome.interrupted += 1;
  };
  const revoke = (device: Device, target: PeerId, mayCrash: boolean): void => {
    const { members } = state(device.roster);
    if (!isAdmin(device) || !members.has(target) || target === device.peerId || target === all[0]?.peerId) return;
    const say = (one: Device): void => {
      one.roster = write(crypto, fakeSigner(one.peerId), one.peerId, one.roster, { op: 'revoke', device: target, why: 'removed' }).roster;
      outcome.removed += 1;
    };
    if (run(device, [say], mayCrash)) rotate(device, mayCrash);
  };
  const take = (device: Device, news: News, mayCrash: boolean): void => {
    for (const { key } of news.keys) device.given.add(crypto.hash(key));
    const { roster } = merge(crypto, device.roster, news.statements);
    const offered = naive.anyKey === true ? news.keys : [];
    const kept = takeKeys(device.keyring, state(roster), news.keys, crypto, now);
    const added = kept.retired.filter(({ key }) => device.keyring.current.key !== key).concat({ ...kept.current, until: 0 });
    run(
      device,
      [
        // known, not used yet
        (one) => {
          for (const { epoch, key } of added) one.keyring = keepKey(one.keyring, { epoch, key }, now);
        },
        (one) => void (one.roster = roster),
        settle,
        (one) => {
          const [first] = offered;
          if (first !== undefined) one.keyring = { current: first, retired: one.keyring.retired };
        },
      ],
      mayCrash,
    );
    if (random() < 0.5) rotate(device, mayCrash);
  };
  const standing = (of: PeerId, { roster, peerId }: Device): 'member' | 'pending' | 'revoked' => {
    const { members, revoked } = state(roster);
    if (revoked.has(of) || revoked.has(peerId)) return 'revoked';
    return members.has(of) ? 'member' : 'pending';
  };
  const newsFor = (of: PeerId, device: Device): News => {
    if (standing(of, device) !== 'member') return { statements: [], keys: [] };
    const told = keysFor(device.keyring, state(device.roster), crypto);
    // the naive one: every key that it knows, and what it heard of why may be on its way still
    const given = naive.keyOnly === true ? [device.keyring.current, ...device.keyring.retired] : told;
    return { statements: statements(device.roster), keys: given };
  };
  /** One tries the keys that it knows, from the newest on; the other knows one of them, or there is no link. */
  const meet = (dialler: Device, listener: Device, quality: { loss: number; mayCrash: boolean }): void => {
    const known = [listener.keyring.current, ...listener.keyring.retired].map(({ key }) => key);
    const common = [dialler.keyring.current, ...dialler.keyring.retired].some(({ key }) => known.includes(key));
    if (!common || dialler === listener) return;
    if (standing(dialler.peerId, listener) === 'revoked' || standing(listener.peerId, dialler) === 'revoked') return;
    judgeLink(dialler, listener);
    judgeLink(listener, dialler);
    if (sameDigest(dialler, listener)) return;
    const [toDialler, toListener] = [newsFor(dialler.peerId, listener), newsFor(listener.peerId, dialler)];
    if (random() >= quality.loss) take(listener, cut(toListener), quality.mayCrash);
    if (random() >= quality.loss) take(dialler, cut(toDialler), quality.mayCrash);

    function cut(news: News): News {
      if (random() >= quality.loss) return news;
      return { ...news, statements: shuffled(news.statements, random).slice(0, below(news.statements.length + 1)) };
    }
  };
  /** Nobody speaks with a device of whose removal it has heard. */
  const judgeLink = (device: Device, other: Device): void => {
    if (isRemovedBy(device.roster, other.peerId))
      outcome.letIn.push(`${device.peerId.slice(-1)} speaks with ${other.peerId.slice(-1)}, whom it knows to be removed`);
  };
  const join = (admin: Device): void => {
    if (!isAdmin(admin) || all.some(({ peerId }) => peerId === late) || state(admin.roster).revoked.has(late)) return;
    const op = { op: 'admit', device: late, name: 'late', permissions: defaultPermissions } as const;
    const { roster } = write(crypto, fakeSigner(admin.peerId), admin.peerId, admin.roster, op);
    admin.roster = roster;
    all.push({ peerId: late, roster, keyring: newKeyring(admin.keyring.current), given: new Set() });
  };

  let asleep = new Set<Device>();
  for (let step = 0; step < stepsPerLife; step += 1) {
    now += below(longestMs / stepsPerLife);
    if (random() < 0.1) asleep = new Set(all.filter(() => random() < 0.4));
    const awake = all.filter((device) => !asleep.has(device));
    const [one, other] = [awake[below(awake.length)], awake[below(awake.length)]];
    if (one === undefined || other === undefined) continue;
    const dice = random();
    if (dice < 0.08) revoke(one, (all[1 + below(all.length - 1)] as Device).peerId, true);
    else if (dice < 0.1) join(one);
    else if (dice < 0.16) rotate(one, true);
    else meet(one, other, { loss: 0.3, mayCrash: true });
  }

  // all are awake, nothing is lost: now everything must come right by itself
  for (let round = 0; round < 12 && !(round > 1 && all.every((one) => sameDigest(one, all[0] as Device))); round += 1) {
    for (const one of all) for (const other of all) meet(one, other, { loss: 0, mayCrash: false });
    for (const one of all) rotate(one, false);
  }
  judgeEnd(all, keys, outcome);
  return outcome;
}

/** The roster after everything: of the first device, which nobody removes. */
function judgeEnd(all: readonly Device[], keys: ReadonlyMap<string, string>, outcome: Outcome): void {
  const [first] = all as [Device, ...Device[]];
  const final = state(first.roster);
  const key = keys.get(final.epoch?.keyHash ?? '');
  outcome.adminless = ![...final.members.values()].some(({ role }) => role === 'admin');
  for (const { peerId, keyring, roster, given } of all) {
    const name = peerId.slice(-1);
    if (final.members.has(peerId)) {
      if (keyring.current.key !== key) outcome.lockedOut.push(`${name} does not have the key of epoch ${final.epoch?.number}`);
      if (state(roster).epoch?.id !== final.epoch?.id) outcome.lockedOut.push(`${name} does not know of epoch ${final.epoch?.number}`);
      continue;
    }
    if (!final.revoked.has(peerId)) continue;
    const held = new Set([...given, ...[keyring.current, ...keyring.retired].map((one) => crypto.hash(one.key))]);
    const newer = bodiesOf(first.roster).filter(({ id, said }) => {
      return (
        said.op === 'epoch' &&
        held.has(said.keyHash ?? '') &&
        removalsOf(first.roster, peerId).some((blow) => pastOf(first.roster, id).has(blow))
      );
    });
    if (newer.length > 0) outcome.letIn.push(`${name} was removed, and holds a newer key`);
  }
  if (final.needsRotation && !outcome.adminless) outcome.letIn.push('the key in force is older than a removal');
}

/** As two devices see whether they know the same. */
function sameDigest(one: Device, other: Device): boolean {
  return one.keyring.current.key === other.keyring.current.key && heads(one.roster).join() === heads(other.roster).join();
}

type Said = { op: string; device?: string; keyHash?: string; parents?: string[] };
const read = new WeakMap<object, { id: string; said: Said }>();

/** The judge reads the statements by itself. */
function bodiesOf(roster: Roster): { id: string; said: Said }[] {
  return statements(roster).map((statement) => {
    const known = read.get(statement) ?? { id: crypto.hash(statement.body), said: JSON.parse(statement.body) as Said };
    read.set(statement, known);
    return known;
  });
}

/** Ids of the removals of a device that no later admission of it builds on. */
function removalsOf(roster: Roster, peerId: PeerId): string[] {
  const all = bodiesOf(roster);
  const back = all.filter(({ said }) => ['admit', 'recover'].includes(said.op) && said.device === peerId);
  const blows = all.filter(({ said }) => said.op === 'revoke' && said.device === peerId);
  return blows.filter(({ id }) => !back.some((later) => pastOf(roster, later.id).has(id))).map(({ id }) => id);
}

function isRemovedBy(roster: Roster, peerId: PeerId): boolean {
  return removalsOf(roster, peerId).length > 0;
}

function pastOf(roster: Roster, id: string): Set<string> {
  const parents = new Map(bodiesOf(roster).map((one) => [one.id, one.said.parents ?? []]));
  const past = new Set(parents.get(id));
  for (const older of past) for (const parent of parents.get(older) ?? []) past.add(parent);
  return past;
}

/** Seven members, three of them admins, all of whom know the first key. */
function beginning(key: string): Device[] {
  const peers = ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map(fakePeer);
  const [first] = peers as [PeerId, ...PeerId[]];
  let { roster } = foundRoster(crypto, fakeSigner(first), first, { name: 'A', epochHash: crypto.hash(key) });
  for (const [index, device] of peers.entries()) {
    if (index === 0) continue;
    const name = device.slice(-1);
    roster = write(crypto, fakeSigner(first), first, roster, { op: 'admit', device, name, permissions: defaultPermissions }).roster;
    if (index < 3) roster = write(crypto, fakeSigner(first), first, roster, { op: 'role', device, role: 'admin' }).roster;
  }
  roster = merge(crypto, emptyRoster(), statements(roster), { swarm: state(roster).swarm ?? '' }).roster;
  return peers.map((peerId) => ({ peerId, roster, keyring: newKeyring({ epoch: 1, key }), given: new Set() }));
}
