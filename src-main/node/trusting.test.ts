// The Trust port by itself: one device with its real roster and keys, and signatures that anybody could make.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultPermissions } from '../../src-shared/member.ts';
import { fakeCrypto as crypto, fakePeer, fakeSigner } from '../../test/fakes/fake-signing.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import type { JoinAnswer, News, Statement } from '../membership/ports.ts';
import { emptyRoster, foundRoster, merge, statements, swarmOf, write } from '../membership/roster.ts';
import type { Op } from '../membership/statement.ts';
import { fingerprint, newSwarmKey, parseSwarmKey, swarmKeyText } from '../network/swarm-key.ts';
import { openTrustFiles } from '../store/trust-files.ts';
import { admitting } from './admitting.ts';
import { applying } from './applying.ts';
import { fresh as freshness } from './fresh.ts';
import { inviting } from './inviting.ts';
import { keyBook } from './key-book.ts';
import { rosterBook } from './roster-book.ts';
import { trusting, type Trusting } from './trusting.ts';

const [self, admin, friend, thief] = ['A', 'B', 'C', 'D'].map(fakePeer) as [string, string, string, string];
const [first, second, foreign] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string];
const signal = new AbortController().signal;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-trusting-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As a device that showed words for just that swarm. */
const adopt = (trust: Trusting, { statements, keys }: News): boolean =>
  trust.adopt({ statements, keys }, swarmOf(crypto, statements) ?? '');

function device({ open = false, key = first }: { open?: boolean; key?: string } = {}) {
  const clock = handClock();
  let text: string | undefined;
  const paths = { roster: join(folder, 'roster.json'), keys: join(folder, 'keys.json'), invites: join(folder, 'invites.json') };
  const files = openTrustFiles(paths);
  const keyFile = {
    read: () => (text === undefined ? undefined : new Uint8Array(Buffer.from(text))),
    write: (next: string) => void (text = next),
    renew: (next: string) => void (text = next),
    forget: () => void (text = undefined),
  };
  const keyFormat = { parse: parseSwarmKey, create: newSwarmKey, text: swarmKeyText, fingerprint };
  const keys = keyBook({ keys: files.keys, keyFile, keyFormat }, clock, crypto);
  keys.replace({ epoch: 1, key }, false);
  const book = rosterBook(files.roster, crypto, () => ({ peerId: self, sign: fakeSigner(self) }));
  const invites = inviting({ clock, file: files.invites, hash: crypto.hash, keyHash: () => null, changed: () => undefined });
  const applicants = admitting(
    clock,
    (peerId) => trust.welcome(peerId),
    () => undefined,
  );
  const application = applying({
    log: silent,
    name: () => 'SELF',
    pending: () => trust.standing() === 'pending',
    swarm: () => book.roster()?.swarm ?? null,
    held: () => null,
    forgetInvite: () => undefined,
    reach: () => undefined,
    adopt: ({ swarm }, news) => trust.adopt(news, swarm),
    changed: () => undefined,
    trustChanged: () => undefined,
  });
  let changes = 0;
  const trust: Trusting = trusting({
    clock,
    log: silent,
    settings: () => ({ open, name: 'SELF' }) as never,
    self: () => self,
    book,
    keys,
    invites,
    applicants,
    application,
    fresh: freshness(clock, () => undefined),
    changed: () => (changes += 1),
    heard: () => undefined,
  });
  const found = (): void => {
    book.found({ name: 'SELF', epochHash: crypto.hash(key) });
    trust.settle();
  };
  const admit = (device: string): void => {
    book.write({ op: 'admit', device, name: device.slice(-3), permissions: defaultPermissions });
    trust.settle();
  };
  return { clock, trust, port: trust.port, book, keys, invites, applicants, found, admit, changes: () => changes };
}

/** What another admin said, from the beginning of its swarm on. */
function said(by: string, key: string, ...ops: Op[]): Statement[] {
  const begun = foundRoster(crypto, fakeSigner(by), by, { name: 'OTHER', epochHash: crypto.hash(key) }).roster;
  return statements(ops.reduce((roster, op) => write(crypto, fakeSigner(by), by, roster, op).roster, begun));
}
const admits = (device: string): Op => ({ op: 'admit', device, name: 'x', permissions: defaultPermissions });
const news = (all: Statement[], ...keys: string[]): News => ({ statements: all, keys: keys.map((key) => ({ epoch: 1, key })) });

describe('standing', () => {
  test('by the roster of the moment: members, removed ones, and everyone else', () => {
    const { trust, port, found, admit } = device();
    expect([trust.standing(), port.standing(friend)]).toEqual(['pending', 'pending']);
    found();
    admit(friend);
    expect([trust.standing(), port.standing(friend), port.standing(thief)]).toEqual(['admin', 'member', 'pending']);
    trust.remove(friend);
    expect([port.standing(friend), trust.refusal(friend)?.code, trust.refusal(thief)?.code, trust.refusal(self)]).toEqual([
      'revoked',
      'revoked',
      'pending',
      null,
    ]);
  });

  test('open: strangers are members, removed ones are not', () => {
    const { trust, port, found, admit } = device({ open: true });
    found();
    admit(friend);
    trust.remove(friend);
    expect([port.standing(thief), trust.refusal(thief), port.standing(friend)]).toEqual(['member', null, 'revoked']);
    expect(port.newsFor(thief)).toEqual({ statements: [], keys: [] });
  });

  test('removed itself, it trusts nobody by the list that it is no longer on', async () => {
    const { trust, port } = device();
    const before = said(admin, first, admits(self), admits(friend));
    expect(adopt(trust, news(before, first))).toBe(true);
    expect([trust.standing(), port.standing(friend)]).toEqual(['member', 'member']);
    await port.take(admin, news(said(admin, first, admits(self), admits(friend), { op: 'revoke', device: self, why: 'removed' })));
    expect([trust.standing(), port.standing(friend), port.standing(admin), port.standing(thief)]).toEqual([
      'revoked',
      'revoked',
      'revoked',
      'revoked',
    ]);
    expect(port.application(admin)).toBeNull();
  });

  test('thrown out by a member: shown as removed until another one speaks with it; a stranger cannot', () => {
    const { trust, port, found, admit } = device();
    found();
    admit(friend);
    trust.shutOut(thief);
    expect(trust.seenStanding()).toBe('admin');
    trust.shutOut(friend);
    expect([trust.seenStanding(), trust.standing()]).toEqual(['revoked', 'admin']);
    port.compared(friend);
    expect(trust.seenStanding()).toBe('admin');
  });
});

describe('what others bring', () => {
  test('a welcome counts only with this device on the roster, of the right swarm, with the key of its epoch', () => {
    const { trust } = device();
    const roster = said(admin, second, admits(self));
    const swarm = swarmOf(crypto, roster) ?? '';
    expect(adopt(trust, news(said(admin, second, admits(friend)), second))).toBe(false);
    expect(trust.adopt(news(roster, second), '0'.repeat(64))).toBe(false);
    expect(adopt(trust, news(roster, foreign))).toBe(false);
    expect(adopt(trust, news([], second))).toBe(false);
    expect(trust.standing()).toBe('pending');
    expect(trust.adopt(news(roster, second), swarm)).toBe(true);
    expect([trust.standing(), trust.port.keyring().current.key]).toEqual(['member', second]);
  });

  test('nothing of another swarm, nothing unsigned, no key that no statement names; all without an error', async () => {
    const { book, keys, port, found, changes } = device();
    await port.take(thief, news(said(thief, foreign, admits(self)), foreign));
    expect(book.roster()).toBeNull();
    found();
    const before = [JSON.stringify(book.statements()), JSON.stringify(keys.keyring()), changes()];
    await port.take(thief, news(said(thief, foreign, admits(self)), foreign));
    const [own] = book.statements();
    const forged = write(
      crypto,
      fakeSigner(self),
      self,
      merge(crypto, emptyRoster(), book.statements(), { swarm: book.roster()?.swarm ?? '' }).roster,
      admits(thief),
    );
    await port.take(thief, news([{ ...forged.statement, signature: own?.signature ?? '' }], foreign));
    await port.take(thief, { statements: [{ body: 'x'.repeat(20_000), signature: '' }], keys: [{ epoch: 99, key: 'nonsense' }] });
    expect([JSON.stringify(book.statements()), JSON.stringify(keys.keyring()), changes()]).toEqual(before);
  });

  test('members are told statements and key; removed ones no key; strangers nothing', () => {
    const { trust, port, found, admit } = device();
    found();
    admit(friend);
    expect(port.newsFor(friend)).toMatchObject({ statements: [{}, {}], keys: [{ key: first }] });
    trust.remove(friend);
    expect(port.newsFor(friend).keys).toEqual([]);
    expect(port.newsFor(friend).statements.length).toBeGreaterThan(2);
    expect(port.newsFor(thief)).toEqual({ statements: [], keys: [] });
  });
});

describe('a removal', () => {
  test('and its new key are one step: nothing waits for a second one', () => {
    const { trust, port, book, found, admit } = device();
    found();
    admit(friend);
    trust.remove(friend);
    expect(book.roster()).toMatchObject({ needsRotation: false, epoch: { number: 2 } });
    const { current, retired } = port.keyring();
    expect([current.epoch, retired.map(({ key }) => key)]).toEqual([2, [first]]);
    expect(book.roster()?.epoch?.keyHash).toBe(crypto.hash(current.key));
  });

  test('a device that was removed is told no when it knocks, is no member again by the invite it used, and may come by a code', async () => {
    const { trust, port, invites, applicants, found } = device();
    found();
    let token = '';
    invites.create({ minutes: 15, permissions: defaultPermissions }, (made) => (token = made));
    const knock = { peerId: friend, name: 'FRIEND', words: '', by: 'invite', token } as const;
    expect((await port.admit(knock, signal)).kind).toBe('welcome');
    // the answer was lost
    expect((await port.admit(knock, signal)).kind).toBe('welcome');
    trust.remove(friend);
    expect(await port.admit(knock, signal)).toEqual({ kind: 'refused', why: 'invite-used' });
    expect(await port.admit({ peerId: friend, name: 'FRIEND', words: 'a-b-c', by: 'key' }, signal)).toEqual({ kind: 'refused', why: 'no' });
    void port.admit({ peerId: friend, name: 'FRIEND', words: 'a-b-c', by: 'code' }, signal);
    expect(applicants.list()).toHaveLength(1);
  });

  test('that nobody made a key for is made up for by the admins, one after the other', async () => {
    const { clock, trust, port, book } = device();
    const before = said(admin, first, admits(self), admits(friend), { op: 'role', device: self, role: 'admin' });
    adopt(trust, news(before, first));
    const roster = merge(crypto, emptyRoster(), before, { swarm: swarmOf(crypto, before) ?? '' }).roster;
    await port.take(
      friend,
      news([write(crypto, fakeSigner(friend), friend, roster, { op: 'revoke', device: friend, why: 'left' }).statement]),
    );
    expect(book.roster()?.needsRotation).toBe(true);
    await clock.run(5_000);
    expect(book.roster()).toMatchObject({ needsRotation: false, epoch: { number: 2 } });
  });
});

test('who is no admin lets nobody in, by no way', async () => {
  const { trust, port, invites } = device();
  adopt(trust, news(said(admin, first, admits(self)), first));
  let token = '';
  invites.create({ minutes: 15, permissions: defaultPermissions }, (made) => (token = made));
  const answers: JoinAnswer[] = [
    await port.admit({ peerId: thief, name: 'X', words: 'a-b-c', by: 'key' }, signal),
    await port.admit({ peerId: thief, name: 'X', words: '', by: 'invite', token }, signal),
  ];
  expect(answers.map(({ kind }) => kind)).toEqual(['refused', 'refused']);
  expect(port.host()).toMatchObject({ admin: false, admins: [{ peerId: admin }] });
});
