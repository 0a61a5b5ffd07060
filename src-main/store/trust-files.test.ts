import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakePeer } from '../../test/fakes/fake-signing.ts';
import { writeJson } from './atomic-file.ts';
import { openTrustFiles } from './trust-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-trust-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);
const open = () => openTrustFiles({ roster: path('roster.json'), keys: path('keys.json'), invites: path('invites.json') });
const statement = { body: '{"v":1}', signature: 'c2ln' };

test('what was kept is there again, in files that only their owner reads', () => {
  const files = open();
  files.roster.set([statement]);
  files.keys.set({ founding: null, known: [{ epoch: 1, key: 'a'.repeat(64), until: null }] });
  expect([open().roster.get(), open().keys.get().known.length, open().invites.get()]).toEqual([
    [statement],
    1,
    { made: [], held: null, letIn: null, named: null },
  ]);
  if (process.platform !== 'win32') for (const name of readdirSync(folder)) expect(statSync(path(name)).mode & 0o777).toBe(0o600);
});

test('what an older Axon kept is read, with nothing for what it did not keep', () => {
  const held = { swarm: 'a'.repeat(64), issuer: fakePeer('A'), token: 'x', addresses: [] };
  writeJson(path('invites.json'), { made: [], held });
  expect([open().invites.get(), open().invites.damaged]).toEqual([
    { made: [], held: { ...held, name: '' }, letIn: null, named: null },
    false,
  ]);
});

test('a damaged file is set aside, said, and the generation before is in force', () => {
  const files = open();
  expect(files.roster.damaged).toBe(false);
  files.roster.set([statement]);
  files.roster.set([statement, { ...statement, body: '{}' }]);
  writeFileSync(path('roster.json'), 'x');
  const again = open();
  expect([again.roster.damaged, again.roster.get(), existsSync(path('roster.json.damaged'))]).toEqual([true, [statement], true]);
  expect(open().roster.damaged).toBe(false);
});

test('a file with another shape is no roster', () => {
  open().keys.set({ founding: null, known: [] });
  rmSync(path('keys.json.bak'), { force: true });
  writeFileSync(path('roster.json'), '{"checksum":"no","value":[]}');
  expect([open().roster.damaged, open().roster.get()]).toEqual([true, []]);
});

test('another swarm: the file is renamed, and its generation before does not come back', () => {
  const files = open();
  files.roster.set([statement]);
  files.roster.set([]);
  files.roster.set([statement]);
  files.roster.forget(new Date(0));
  expect([files.roster.get(), open().roster.get(), open().roster.damaged]).toEqual([[], [], false]);
  expect(readdirSync(folder)).toEqual(['roster.json.left-1970-01-01T00-00-00-000Z']);
});
