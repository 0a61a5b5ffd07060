import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from '../../src-shared/settings.ts';
import { serverAddress } from '../engine/openai/address.ts';
import type { Seal } from '../store/identity.ts';
import { openServerKeyFile } from '../store/server-key.ts';
import { serverKey, type ServerKey } from './server-key.ts';

let folder: string;
const warned: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-server-key-'));
  warned.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => path.join(folder, 'server-key.json');
const opened = async (seal: Seal | null = null, given?: string): Promise<ServerKey> =>
  serverKey(await openServerKeyFile(file(), seal, (reason) => warned.push(reason)), given, serverAddress);
const at = (openaiUrl?: string): Settings => ({ openaiUrl }) as Settings;
/** Turns each bit: what it sealed cannot be read in the file. */
const seal: Seal = {
  seal: async (bytes) => bytes.map((byte) => byte ^ 255),
  open: async (bytes) => bytes.map((byte) => byte ^ 255),
};

test('a key goes to the address that it was kept for, however that is written, and to no other one', async () => {
  const keys = await opened();
  await keys.keep(at('http://box.lan:1234/v1/'), 'sk-secret');
  const again = await opened();
  for (const same of ['http://box.lan:1234', 'http://BOX.lan:1234/v1', 'http://box.lan:1234/'])
    expect([again.of(at(same)), again.from(at(same))]).toEqual(['sk-secret', 'kept']);
  for (const other of [
    'http://box.lan:1235',
    'https://box.lan:1234',
    'http://box.lan:1234/other',
    'http://me:word@box.lan:1234',
    'no address',
    undefined,
  ])
    expect([again.of(at(other)), again.from(at(other))]).toEqual([undefined, undefined]);
});

test('without an address there is nothing to keep a key for; forgetting needs none', async () => {
  const keys = await opened();
  await expect(keys.keep(at(), 'sk-secret')).rejects.toMatchObject({ code: 'bad-request' });
  await expect(keys.keep(at('http://me:word@box.lan'), 'sk-secret')).rejects.toMatchObject({ code: 'bad-address' });
  await keys.keep(at('http://box.lan:1234'), 'sk-secret');
  await keys.keep(at(), null);
  expect((await opened()).of(at('http://box.lan:1234'))).toBeUndefined();
});

test('the environment goes before it, to an address that is set', async () => {
  const keys = await opened(null, 'sk-env');
  await keys.keep(at('http://box.lan:1234'), 'sk-secret');
  expect([keys.of(at('http://box.lan:9')), keys.from(at('http://box.lan:9'))]).toEqual(['sk-env', 'environment']);
  expect([keys.of(at()), keys.from(at())]).toEqual([undefined, undefined]);
});

test('it lies sealed where there is a key store, and in a file of its owner otherwise', async () => {
  await (await opened(seal)).keep(at('http://box.lan:1234'), 'sk-secret');
  expect(readFileSync(file(), 'utf8')).not.toContain(Buffer.from('sk-secret').toString('base64'));
  expect((await opened(seal)).of(at('http://box.lan:1234'))).toBe('sk-secret');
  expect((await opened()).of(at('http://box.lan:1234'))).toBeUndefined();
  expect(warned).toEqual([expect.stringContaining('sealed')]);
  await (await opened()).keep(at('http://box.lan:1234'), 'sk-plain');
  expect((await opened(seal)).of(at('http://box.lan:1234'))).toBe('sk-plain');
  if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('one that is damaged is none, and its content is told to nobody', async () => {
  writeFileSync(file(), '{"format":1,"sealed":false,"address":"http://box.lan","key":7,"was":"sk-secret"}');
  expect((await opened()).of(at('http://box.lan'))).toBeUndefined();
  writeFileSync(file(), 'sk-secret');
  expect((await opened()).of(at('http://box.lan'))).toBeUndefined();
  expect(warned).toHaveLength(2);
  expect(warned.join()).not.toContain('sk-secret');
});
