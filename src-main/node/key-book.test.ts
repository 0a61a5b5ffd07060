import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import type { Crypto } from '../membership/ports.ts';
import type { RosterState } from '../membership/roster-state.ts';
import { parseSwarmKey, swarmKeyText, newSwarmKey, fingerprint } from '../network/swarm-key.ts';
import { forgetSwarmKey, readSwarmKey, renewSwarmKey, writeSwarmKey } from '../store/swarm-key-file.ts';
import { openTrustFiles } from '../store/trust-files.ts';
import { keyBook } from './key-book.ts';

const crypto: Crypto = { hash: (text) => createHash('sha256').update(text).digest('hex'), verify: () => false };
const day = 86_400_000;
const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string];
const state = (...keys: string[]): RosterState =>
  ({
    epoch: { number: keys.length, keyHash: crypto.hash(keys.at(-1) ?? ''), id: '' },
    keyHashes: new Map(keys.map((key, at) => [crypto.hash(key), at + 1])),
  }) as unknown as RosterState;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, 'swarm.key');
const inFile = (): string => readFileSync(file(), 'utf8').split('\n')[2] ?? '';
const put = (key: string): void => writeFileSync(file(), swarmKeyText(new Uint8Array(Buffer.from(key, 'hex'))));
function open(clock = handClock()) {
  const paths = { roster: join(folder, 'roster.json'), keys: join(folder, 'keys.json'), invites: join(folder, 'invites.json') };
  const keyFile = {
    read: () => readSwarmKey(file()),
    write: (text: string) => writeSwarmKey(file(), text, new Date(0)),
    renew: (text: string) => renewSwarmKey(file(), text),
    forget: () => forgetSwarmKey(file(), new Date(0)),
  };
  const keyFormat = { parse: parseSwarmKey, create: newSwarmKey, text: swarmKeyText, fingerprint };
  return keyBook({ keys: openTrustFiles(paths).keys, keyFile, keyFormat }, clock, crypto);
}

test('a key that was made here founds a swarm, once; one that was brought does not', () => {
  open().replace({ epoch: 1, key: one }, true);
  expect([open().isFounding(), open().keyring()?.current]).toEqual([true, { epoch: 1, key: one }]);
  const book = open();
  book.founded();
  expect(open().isFounding()).toBe(false);
  book.replace({ epoch: 0, key: two }, false);
  expect([open().isFounding(), inFile()]).toEqual([false, two]);
  // somebody put another key there while no node ran
  book.replace({ epoch: 1, key: one }, true);
  put(two);
  expect(open().isFounding()).toBe(false);
});

test('a new key is kept, not used, until a statement names it; the old one is good for thirty days more', () => {
  const clock = handClock();
  const book = open(clock);
  book.replace({ epoch: 1, key: one }, true);
  book.keep({ epoch: 2, key: two });
  expect([
    inFile(),
    book.keyring()?.current.key,
    open(clock)
      .keyring()
      ?.retired.map(({ key }) => key),
  ]).toEqual([one, one, [two]]);
  expect(book.take(state(one, two), [])).toBe(true);
  expect(inFile()).toBe(two);
  const ring = open(clock).keyring();
  expect([ring?.current, ring?.retired]).toEqual([{ epoch: 2, key: two }, [{ epoch: 1, key: one, until: 30 * day }]]);
  expect(book.take(state(one, two), [])).toBe(false);
});

test('past its time an old key is gone, over restarts too', async () => {
  const clock = handClock();
  const book = open(clock);
  book.replace({ epoch: 1, key: one }, true);
  book.take(state(one, two), [{ epoch: 2, key: two }]);
  await clock.run(29 * day);
  expect(open(clock).keyring()?.retired).toHaveLength(1);
  await clock.run(day);
  expect([open(clock).keyring()?.retired, book.keyring()?.retired]).toEqual([[], []]);
});

test('a key that no statement names is not taken, whoever brings it', () => {
  const book = open();
  book.replace({ epoch: 1, key: one }, true);
  expect(book.take(state(one), [{ epoch: 9, key: three }])).toBe(false);
  expect([inFile(), book.keyring()?.retired]).toEqual([one, []]);
});

test.each([
  ['before swarm.key was renewed', one],
  ['after it', two],
])('a crash %s loses no key', (_when, left) => {
  const book = open();
  book.replace({ epoch: 1, key: one }, true);
  book.take(state(one, two), [{ epoch: 2, key: two }]);
  put(left);
  const again = open();
  again.take(state(one, two), []);
  expect([inFile(), again.keyring()?.current.key, again.keyring()?.retired.map(({ key }) => key)]).toEqual([two, two, [one]]);
});

test('a damaged swarm.key is no key here, and no end of the node', () => {
  writeFileSync(file(), 'not a key');
  expect([open().keyring(), open().isFounding(), open().take(state(one), [])]).toEqual([null, false, false]);
});
