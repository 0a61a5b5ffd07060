// The curious and the thief: after a session with failures and crashes, the secrets stand in the files that are theirs and nowhere else,
// and another user of the machine gets at none of them. A real Electron and a real model.
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEntry } from '../../src-main/store/entry-file.ts';
import { filesUnderFolder, findIn, findInHome, findInProcesses, formsOf, type Canary } from './canary.ts';
import { launchApp, newHome, processesUnder, removeHome, root, type App } from './electron.ts';

const asRoot = process.getuid?.() === 0;
/** nobody */
const other = 65534;
const place = newHome();
/** Made by the app: its own modes protect it, and not those of a temporary folder. */
const home = path.join(place, 'home');
const prompt = 'Canary-Prompt-7f3a9c51e2 what is the capital of France?';
const draft = 'Canary-Draft-51c0ffee77 never sent';
const serverKey = 'sk-canary-0f1e2d3c4b5a';
const badKey = `/key/swarm/psk/1.0.0/\n/base16/\n${'c0ffee5ec4e7'.repeat(5)}zz`;

let app: App;
let canaries: Canary[] = [];
let entry: { port: number; token: string; pid: number };

const read = (file: string): string => readFileSync(path.join(home, file), 'utf8');
const text = (name: string, value: string, kept: RegExp | null = null): Canary => ({ name, bytes: Buffer.from(value), kept });

/** As the command line asks for it. */
async function secret(kind: string, id?: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${entry.port}/secret`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${entry.token}` },
    body: JSON.stringify(id === undefined ? { kind } : { kind, id }),
  });
  if (!response.ok) throw new Error(`${kind}: ${response.status}`);
  return await response.text();
}

async function ask(question: string): Promise<void> {
  await app.page.getByTestId('composer').fill(question);
  await app.page.getByTestId('send').click();
}

/** A session with what goes wrong in one. */
async function live(): Promise<void> {
  const { page } = app;
  await page.getByTestId('first-run-create').click();
  await page.getByTestId('composer').waitFor();
  const found = readEntry(path.join(home, 'node.json'));
  if (found === undefined) throw new Error('no entry file');
  entry = found;
  const link = await app.control();
  const encoded = Buffer.from(badKey).toString('base64');
  await expect(link.client.key.import({ content: encoded, size: badKey.length, replace: true })).rejects.toThrow();
  await expect(link.client.peers.add({ address: `not an address ${entry.token}` })).rejects.toThrow();
  await expect(link.client.invites.accept({ text: `axon-invite:${'Q0FOQVJZ'.repeat(20)}` })).rejects.toThrow();
  const { id } = await link.client.invites.create({});
  await link.client.settings.update({ openaiUrl: 'http://127.0.0.1:9' });
  await link.client.engines.setKey({ key: serverKey });
  const invite = await secret('invite', id);
  const recovery = await secret('recovery');
  await link.client.role.set({ role: 'leader' });
  await expect.poll(async () => (await app.view()).self.role.actual.kind, { timeout: 60_000 }).toBe('leader');
  // a small model may write until its context is full
  const chat = randomUUID();
  await link.client.conversations.create({ id: chat, title: 'Canaries' });
  await link.client.conversations.update({ id: chat, parameters: { maxTokens: 64 } });
  await page.reload();
  await page.getByTestId('conversation-item').click();
  await ask(prompt);
  await page.locator('[data-testid=answer][data-state=done]').waitFor({ timeout: 60_000 });
  await link.client.conversations.update({ id: chat, parameters: {} });
  const answer = (await link.client.conversations.list())[0];
  const messages = answer === undefined ? [] : (await link.client.conversations.get({ id: answer.id })).messages;
  const written = messages.at(-1)?.content ?? '';
  link.close();
  // An answer that is cut off, a node that crashes, a page that crashes.
  await ask(`${prompt} Tell a very long story.`);
  await expect.poll(() => page.getByTestId('answer').count()).toBe(2);
  await page.getByTestId('composer').fill(draft);
  const { pid } = JSON.parse(read('node.lock')) as { pid: number };
  process.kill(pid, 'SIGSEGV');
  await expect.poll(() => readEntry(path.join(home, 'node.json'))?.pid ?? pid, { timeout: 20_000 }).not.toBe(pid);
  await expect.poll(async () => (await app.view()).key !== null, { timeout: 20_000 }).toBe(true);

  const again = readEntry(path.join(home, 'node.json'));
  if (again === undefined) throw new Error('no entry file after the crash');
  const identity = JSON.parse(read('identity.json')) as { key: string; sealed: boolean };
  const kept = JSON.parse(read('server-key.json')) as { key: string; sealed: boolean };
  const digits = /[0-9a-f]{64}/.exec(read('swarm.key'))?.[0] ?? '';
  const database = /^conversations\.db/;
  canaries = [
    { name: 'swarm key', bytes: Buffer.from(digits, 'hex'), kept: /^(swarm\.key|keys\.json)/ },
    { name: 'identity', bytes: Buffer.from(identity.key, 'base64').subarray(identity.sealed ? 0 : -64), kept: /^identity\.json/ },
    { name: 'server key', bytes: kept.sealed ? Buffer.from(kept.key, 'base64') : Buffer.from(serverKey), kept: /^server-key\.json$/ },
    text('door token', again.token, /^node\.json$/),
    text('door token before the crash', entry.token),
    text('prompt', prompt, database),
    text('answer', written.trim().slice(0, 24), database),
    text('draft', draft, database),
    // Kept as a digest only.
    text('invite', invite.trim().slice(-60)),
    text('recovery code', recovery.trim().split('\n').at(-1) ?? ''),
    text('bad key', 'c0ffee5ec4e7'.repeat(5)),
  ];
  entry = again;
}

beforeAll(async () => {
  chmodSync(place, 0o755);
  app = await launchApp({ home });
});
afterAll(async () => {
  await app.quit();
  removeHome(place);
});

const inPage = (): Canary[] => canaries.filter(({ name }) => !['prompt', 'answer', 'draft'].includes(name));

describe('secrets', () => {
  test('a session: made, asked, refused, broken off, crashed', live);

  test('every canary is there to be found where it belongs', async () => {
    for (const { name, bytes, kept } of canaries) {
      expect(bytes.length, name).toBeGreaterThanOrEqual(20);
      if (kept === null) continue;
      const found = (): string[] =>
        filesUnderFolder(home)
          .filter((file) => kept.test(path.relative(home, file)))
          .filter((file) => findIn(readFileSync(file), [{ name, bytes, kept }]).length > 0);
      // The draft was typed when the node crashed: the window hands it over when it has the new one.
      await expect.poll(() => found().length, { message: `${name} in its own file`, timeout: 10_000 }).toBeGreaterThan(0);
    }
  });

  test('nowhere else in the home: settings, logs, profile, caches, crash dumps', () => {
    expect(findInHome(home, canaries)).toEqual([]);
  });

  test('in no command line and no environment of the app', () => {
    const pids = processesUnder(app.process);
    expect(pids.length).toBeGreaterThan(4);
    expect(findInProcesses(pids, canaries)).toEqual([]);
  });

  test('not in the page, nor in what it keeps, nor in what it was told', async () => {
    const page = await app.page.evaluate(() =>
      JSON.stringify([
        document.documentElement.outerHTML,
        [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value),
        Object.entries(localStorage),
        Object.entries(sessionStorage),
        location.href,
        performance.getEntries().map(({ name }) => name),
      ]),
    );
    expect(page).toContain('Canary-Prompt');
    expect(findIn(Buffer.from(page), inPage())).toEqual([]);
    const link = await app.control();
    const told = JSON.stringify([await app.view(), await link.client.doctor()]);
    link.close();
    expect(findIn(Buffer.from(told), canaries)).toEqual([]);
  });

  test('nor in the output of the command line', () => {
    const run = (...args: string[]): string => {
      const environment = { cwd: root, encoding: 'utf8' as const, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
      return execFileSync(process.execPath, ['src-main/cli.ts', ...args, '--home', home], environment);
    };
    const output = [run('status', '--json'), run('members', '--json'), run('doctor', '--json')].join('\n');
    expect(findIn(Buffer.from(output), canaries)).toEqual([]);
  });

  test('the search finds each form of each of them, in files, arguments and environments', async () => {
    const folder = path.join(place, 'planted');
    for (const canary of canaries) {
      for (const [form, bytes] of formsOf(canary.bytes)) {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(path.join(folder, 'logs'), { recursive: true });
        writeFileSync(path.join(folder, 'logs', 'axon.log'), Buffer.concat([Buffer.from('{"msg":"'), bytes, Buffer.from('"}')]));
        expect(findInHome(folder, [canary]), `${canary.name} ${form}`).not.toEqual([]);
      }
      // With neighbours, at each alignment.
      for (const before of ['', 'a', 'ab']) {
        const within = Buffer.concat([Buffer.from(before), canary.bytes, Buffer.from('tail')]).toString('base64url');
        expect(findIn(Buffer.from(within), [canary]), `${canary.name} after ${before}`).not.toEqual([]);
      }
    }
    const [key] = canaries;
    if (key === undefined) throw new Error('no canary');
    const shown = spawn('sleep', ['60'], {
      argv0: `sleep-${key.bytes.toString('hex')}`,
      env: { KEY: key.bytes.toString('base64') },
      stdio: 'ignore',
    });
    const pid = shown.pid ?? 0;
    await expect.poll(() => findInProcesses([pid], [key]).length).toBeGreaterThanOrEqual(2);
    shown.kill('SIGKILL');
  });
});

describe('another user of this machine', () => {
  test('files are 0600 and folders 0700, all over the home', () => {
    const entries = execFileSync('find', [home, '-printf', '%y %m %P\n'], { encoding: 'utf8' }).trim().split('\n');
    expect(entries.length).toBeGreaterThan(20);
    const open = entries.filter((line) => {
      const [kind = '', mode = ''] = line.split(' ');
      return kind !== 'l' && (Number.parseInt(mode, 8) & 0o077) !== 0;
    });
    expect(open).toEqual([]);
  });

  test('gets at no file, no process and no call', () => {
    const files = filesUnderFolder(home);
    const pids = processesUnder(app.process);
    const question = (port: number, folder: string, list: string[]): string => JSON.stringify({ home: folder, files: list, pids, port });
    if (!asRoot) {
      // Only root can become somebody else; then the modes above are the proof, and the door without a token is asked as oneself.
      const answer = execFileSync(process.execPath, [otherUser, question(entry.port, '/nonexistent', [])], { encoding: 'utf8' });
      expect((JSON.parse(answer) as { got: string[] }).got.filter((line) => /^(GET|POST)/.test(line))).toEqual([]);
      return;
    }
    // The other user may not be able to reach this node and this clone.
    const shared = path.join(place, 'shared');
    mkdirSync(shared, { mode: 0o755 });
    copyFileSync(process.execPath, path.join(shared, 'node'));
    copyFileSync(otherUser, path.join(shared, 'other-user.mjs'));
    const become = { uid: other, gid: other, cwd: shared, env: {}, encoding: 'utf8' as const };
    const ask = (folder: string, list: string[]): { uid: number; got: string[] } =>
      JSON.parse(
        execFileSync(path.join(shared, 'node'), [path.join(shared, 'other-user.mjs'), question(entry.port, folder, list)], become),
      ) as { uid: number; got: string[] };
    expect(ask(home, files)).toEqual({ uid: other, got: [] });
    // The same user gets at a home that is left open.
    const left = path.join(place, 'left-open');
    mkdirSync(left, { mode: 0o755 });
    writeFileSync(path.join(left, 'swarm.key'), 'x', { mode: 0o644 });
    expect(ask(left, [path.join(left, 'swarm.key')]).got).toEqual(['list home', 'enter home', `read ${left}/swarm.key`]);
    expect(statSync(path.join(home, 'swarm.key')).size).toBeGreaterThan(0);
  });
});

const otherUser = fileURLToPath(new URL('other-user.mjs', import.meta.url));
