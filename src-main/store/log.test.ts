import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog, redact } from './log.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'axon-log-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hex = 'a1'.repeat(32);
const base64 = Buffer.from(hex, 'hex').toString('base64');
const peer = '12D3KooWNKNVsZHJxyHNXE76t38p9kf2CaCJVtHDhU1H5RyPws4R';

test.each([
  [`key ${hex} there`, 'key [redacted] there'],
  [base64, '[redacted]'],
  [Buffer.from(hex, 'hex').toString('base64url'), '[redacted]'],
  ['http://127.0.0.1:4180/#token=short', 'http://127.0.0.1:4180/[redacted]'],
  [`/ip4/127.0.0.1/tcp/4101/p2p/${peer}`, `/ip4/127.0.0.1/tcp/4101/p2p/${peer}`],
  ['fingerprint 4f-a2-09-1c', 'fingerprint 4f-a2-09-1c'],
])('redacts %j', (text, clean) => {
  expect(redact(text)).toBe(clean);
});

test('neither secrets nor words reach the file or the terminal, whoever passes them', () => {
  const shown: string[] = [];
  const log = openLog(folder, { also: (line) => shown.push(line) });
  log.warn(`bad ${hex}`, {
    prompt: 'my diary',
    token: 'short',
    swarmKey: 'short',
    reason: `because ${base64}`,
    peerId: peer,
    code: 'no-key',
  });
  log.info('quiet on the terminal');
  log.close();
  const text = readFileSync(join(folder, 'axon.log'), 'utf8');
  for (const secret of [hex, base64, 'my diary', 'short']) expect(text + shown.join()).not.toContain(secret);
  expect(text).toContain(peer);
  expect(text).toContain('no-key');
  expect(shown).toEqual(['bad [redacted]']);
});

test('rotates by size, keeps five files, all for their owner only', () => {
  const log = openLog(folder);
  // eight times 2 MB in lines of words, since one long run of letters would be redacted
  const words = 'some words of a line. '.repeat(3000);
  for (let line = 0; line < 250; line += 1) log.info(words);
  log.close();
  const files = readdirSync(folder).toSorted();
  expect(files).toEqual(['axon.log', 'axon.log.1', 'axon.log.2', 'axon.log.3', 'axon.log.4']);
  for (const file of files) expect(statSync(join(folder, file)).size).toBeLessThanOrEqual(2 * 1024 * 1024);
  if (process.platform !== 'win32') for (const file of files) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
});
