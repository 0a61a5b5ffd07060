import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hardwareFacts } from '../../src-shared/hardware.ts';
import { version } from '../version.ts';
import type { Io } from './io.ts';
import { run } from './program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'axon-cli-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs one line in a home of its own, with nobody at the terminal. */
async function axon(args: string[], terminal: { answer?: string } = {}): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io: Io = {
    out: async (text) => void (out += text),
    err: (text) => void (err += text),
    input: async () => '',
    question: async () => terminal.answer ?? null,
    onTerminal: false,
    watched: false,
    stop: new AbortController().signal,
  };
  return { code: await run([...args, '--home', path.join(folder, 'home')], io), out, err };
}

const keyPath = (): string => path.join(folder, 'home', 'swarm.key');

async function fileOf(content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, 'given.key');
  await writeFile(file, content);
  return file;
}

const goodKey = `/key/swarm/psk/1.0.0/\n/base16/\n${'5a'.repeat(32)}\n`;

describe('usage', () => {
  test.each([
    [['nonsense']],
    [['ask']],
    [['ask', 'hi', '--temperature', 'warm']],
    [['ask', 'hi', '--temperature', '2.1']],
    [['ask', 'hi', '--temperature', '']],
    [['ask', 'hi', '--seed', '1.5']],
    [['ask', 'hi', '--seed', '-1']],
    [['ask', 'hi', '--nonsense']],
    [['ask', 'hi', 'there']],
    [['ask', '  ']],
    [['ask', '-']],
    [['serve', '--engine', 'steam']],
    [['serve', '--ollama-url', 'ftp://somewhere']],
    [['serve', '--openai-url', 'somewhere:1234']],
    [['serve', '--port', '65536']],
    [['role', 'king']],
    [['pause', '0']],
    [['limits', '--per-day', '1.5']],
    [['limits', '--per-day', 'default']],
    [['limits', '--hours', 'someday 9:00-10:00']],
    [['limits', '--busy', 'maybe']],
    [['limits', '--download', 'elsewhere.example/evil:1']],
    [['limits', '--download', 'llama3.2:3b=2']],
    [['status', '--format', 'xml']],
    [['facts', '--format', '']],
    [['key']],
    [['key', 'import']],
    [['key', 'import', '/nowhere/at/all']],
  ])('%j exits with 2 and says why', async (args) => {
    const { code, out, err } = await axon(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).not.toBe('');
  });

  test('each server has its own port in the example of an address', async () => {
    expect((await axon(['serve', '--ollama-url', 'somewhere'])).err).toContain('such as http://127.0.0.1:11434');
    expect((await axon(['serve', '--openai-url', 'somewhere'])).err).toContain('such as http://127.0.0.1:1234\n');
  });

  test('--version and --help', async () => {
    expect(await axon(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
    const { code, out } = await axon(['--help']);
    expect(code).toBe(0);
    for (const word of ['key', 'serve', 'ask', 'status', 'peers', 'role', 'doctor', 'reset', 'window', '--home', '--version', '130'])
      expect(out).toContain(word);
    expect((await axon(['serve', '--help'])).out).toMatch(
      /--engine[^]*--model[^]*--ollama-url[^]*--openai-url[^]*--listen[^]*--no-mdns[^]*--json[^]*--open[^]*--home/,
    );
  });
});

describe('without a node', () => {
  test.each([[['status']], [['status', '--cached']], [['peers', '--json']], [['window']]])('%j: 3', async (args) => {
    const { code, err } = await axon(args);
    expect(code).toBe(3);
    expect(err).toContain('axon serve');
  });

  test.each([[['serve', '--no-mdns']], [['ask', 'hi', '--no-mdns']], [['key', 'show']]])(
    '%j without a key: 6, and how to get one',
    async (args) => {
      const { code, err } = await axon(args);
      expect(code).toBe(6);
      expect(err).toContain('axon key new');
      expect(err).toContain('axon key import');
    },
  );

  test('this machine is looked at all the same, and nothing is made of a home for it', async () => {
    const { code, out } = await axon(['facts', '--format', 'json']);
    expect(code).toBe(0);
    const facts = hardwareFacts.parse(JSON.parse(out));
    expect(facts.ram.totalMb).toBeGreaterThan(0);
    expect(facts.lookedAt?.memory).toBeGreaterThan(Date.now() - 60_000);
    expect((await axon(['facts'])).out).toMatch(/^memory +[\d.]+ of [\d.]+ GiB free/m);
    await expect(stat(path.join(folder, 'home'))).rejects.toThrow(/ENOENT/);
  });

  test('a pause and bounds are kept for the next start', async () => {
    const now = Date.now();
    const paused = JSON.parse((await axon(['pause', '5', '--json'])).out) as { paused: { until: number } };
    expect(paused.paused.until - now).toBeGreaterThanOrEqual(5 * 60_000);
    expect((await axon(['resume'])).out).toContain('answers others');
    expect(
      (await axon(['limits', '--per-day', '5000', '--per-minute', 'none', '--hours', 'Mon,tue 22:00-6:30', '--busy', 'pause'])).code,
    ).toBe(0);
    const shown = await axon(['limits']);
    for (const text of ['5000', 'no bound', 'mon,tue 22:00-06:30', 'answer nobody else']) expect(shown.out).toContain(text);
    expect((await axon(['limits', '--hours', 'none', '--json'])).out).toContain('"hours":[]');
    const listed = await axon(['limits', '--download', 'llama3.2:3b=2GB', '--download', 'smollm2']);
    expect(listed.out).toContain('llama3.2:3b (2 GB)');
    expect(listed.out).toContain('smollm2:latest');
    expect((await axon(['limits', '--download', 'none', '--json'])).out).toContain('"downloads":[]');
    expect((await axon(['limits', '--member', 'nobody', '--per-day', '1'])).code).toBe(2);
  });

  test('the role is kept for the next start', async () => {
    expect((await axon(['role', '--json'])).out).toBe('{"wanted":"subordinate","actual":"off"}\n');
    expect((await axon(['role', 'leader'])).code).toBe(0);
    expect((await axon(['role', '--json'])).out).toBe('{"wanted":"leader","actual":"off"}\n');
    expect((await axon(['role', 'auto'])).code).toBe(0);
    expect((await axon(['role', '--json'])).out).toBe('{"wanted":"auto","actual":"off"}\n');
  });
});

describe('the key', () => {
  test('is made once, for its owner only, and never printed', async () => {
    const made = await axon(['key', 'new']);
    expect(made.code).toBe(0);
    const content = await readFile(keyPath(), 'utf8');
    expect(content).toMatch(/^\/key\/swarm\/psk\/1\.0\.0\/\n\/base16\/\n[0-9a-f]{64}\n$/);
    expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
    const shown = await axon(['key', 'show']);
    const digits = content.split('\n')[2] ?? '';
    expect(made.out + made.err + shown.out).not.toContain(digits);
    const { out } = await axon(['key', 'show', '--public']);
    expect(out).toMatch(/^[0-9a-f]{2}(-[0-9a-f]{2}){3}\n$/);
    expect(made.out).toContain(out.trim());
    expect((await axon(['key', 'new'])).code).toBe(2);
    expect(await readFile(keyPath(), 'utf8')).toBe(content);
    expect((await axon(['key', 'new', '--replace'])).code).toBe(0);
    expect(await readFile(keyPath(), 'utf8')).not.toBe(content);
  });

  test('is taken from a file; the same one twice is fine, another one is not', async () => {
    const file = await fileOf(goodKey);
    expect((await axon(['key', 'import', file])).code).toBe(0);
    expect(await readFile(keyPath(), 'utf8')).toBe(goodKey);
    expect((await axon(['key', 'import', file])).code).toBe(0);
    const other = await fileOf(goodKey.replaceAll('5a', '6b'));
    expect((await axon(['key', 'import', other])).code).toBe(2);
    expect((await axon(['key', 'import', other, '--replace'])).code).toBe(0);
    expect(await readFile(keyPath(), 'utf8')).toContain('6b6b');
  });

  test.each([
    ['empty', '', 'key-empty'],
    ['63 digits', goodKey.replace('a\n', '\n'), 'key-wrong-length'],
    ['another header', goodKey.replace('swarm', 'swam'), 'key-wrong-header'],
    ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]), 'key-binary'],
    ['a megabyte', 'x'.repeat(1024 * 1024), 'key-too-large'],
    ['two keys', goodKey + goodKey, 'key-two-keys'],
  ])('a bad file says what is wrong: %s', async (_name, content, expected) => {
    const { code, err } = await axon(['key', 'import', await fileOf(content)]);
    expect(code).toBe(6);
    expect(err).toContain(`(${expected}:`);
    expect(err).not.toContain('5a5a');
  });

  test('a folder is no key', async () => {
    await mkdir(path.join(folder, 'dir'));
    const { code, err } = await axon(['key', 'import', path.join(folder, 'dir')]);
    expect(code).toBe(6);
    expect(err).toContain('(key-folder:');
  });
});

describe('reset', () => {
  test('asks first, and needs --yes when nobody can answer', async () => {
    expect(await axon(['reset'])).toMatchObject({ code: 0, out: 'There is nothing to delete.\n' });
    await axon(['key', 'new']);
    expect((await axon(['reset'])).code).toBe(2);
    expect((await axon(['reset'], { answer: 'no' })).code).toBe(0);
    expect((await stat(keyPath())).isFile()).toBe(true);
    expect((await axon(['reset'], { answer: 'yes' })).code).toBe(0);
    await expect(stat(keyPath())).rejects.toThrow();
    await axon(['key', 'new']);
    expect((await axon(['reset', '--yes'])).code).toBe(0);
    await expect(stat(keyPath())).rejects.toThrow();
  });
});
