// The packaged app: unpacked build and deb, with the command line and the model inside. Linux: elsewhere release.yml builds installers.
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newHome, processesUnder, removeHome, root, stillRunning } from './electron.ts';

const run = promisify(execFile);
const unpacked = path.join(root, 'dist', 'linux-unpacked');
const axon = path.join(unpacked, 'resources', 'bin', 'axon');
const homes: string[] = [];
const children: ChildProcess[] = [];

function home(): string {
  const made = newHome();
  homes.push(made);
  return made;
}

beforeAll(async () => {
  await run(process.execPath, ['scripts/dist.mjs', '--dir', '--as-built'], { cwd: root, maxBuffer: 2 ** 24 });
});
afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  homes.forEach(removeHome);
  // gigabytes were written: whoever measures next would measure how this disk takes them
  await run('sync');
});

test('has the fuses that SECURITY.md promises', async () => {
  const wire = await getCurrentFuseWire(path.join(unpacked, 'axon-desktop'));
  // the wire is text: the character 1 is on
  const on = (fuse: FuseV1Options) => Number(wire[fuse]) === '1'.charCodeAt(0);
  expect({
    runAsNode: on(FuseV1Options.RunAsNode),
    cookies: on(FuseV1Options.EnableCookieEncryption),
    nodeOptions: on(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    inspect: on(FuseV1Options.EnableNodeCliInspectArguments),
    integrity: on(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    onlyAsar: on(FuseV1Options.OnlyLoadAppFromAsar),
    fileProtocol: on(FuseV1Options.GrantFileProtocolExtraPrivileges),
  }).toEqual({ runAsNode: true, cookies: true, nodeOptions: false, inspect: false, integrity: true, onlyAsar: true, fileProtocol: false });
  expect(existsSync(path.join(unpacked, 'resources', 'default_app.asar'))).toBe(false);
});

test('brings the model and its licence', () => {
  const models = readdirSync(path.join(unpacked, 'resources', 'models'));
  expect(models).toContain('SmolLM2-135M-Instruct.Q4_1.gguf');
  expect(models.some((name) => name.includes('LICENSE'))).toBe(true);
});

test('its `axon` leads and answers on the app’s own binary, with the model from inside', async () => {
  const desk = home();
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  expect((await run(axon, ['--version'])).stdout.trim()).toBe(version);
  await run(axon, ['key', 'new', '--home', desk]);
  const serve = spawn(axon, ['serve', '--json', '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--home', desk], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(serve);
  const ready = await new Promise<{ models: string[] }>((resolve, reject) => {
    serve.once('exit', () => reject(new Error('serve ended')));
    serve.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString().split('\n')[0] ?? '')));
  });
  expect(ready.models).toEqual(['smollm2-135m-instruct']);
  const { stdout } = await run(axon, ['ask', 'What is the capital of France?', '--temperature', '0', '--json', '--home', desk], {
    timeout: 90_000,
  });
  const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { text: string; model: string };
  expect(answer.model).toBe('smollm2-135m-instruct');
  expect(answer.text).toContain('Paris');
});

test('its window opens and talks to its node', async () => {
  const own = home();
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = spawn(path.join(unpacked, 'axon-desktop'), [...flags, '--remote-debugging-port=0', '--home', own, '--no-mdns', '--lang=en'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '', AXON_ALLOW_OLD_ELECTRON: '1' },
  });
  children.push(app);
  let said = '';
  const address = await new Promise<string>((resolve, reject) => {
    app.once('exit', () => reject(new Error(`the app ended: ${said}`)));
    app.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const browser = await chromium.connectOverCDP(address);
  const pages = () => browser.contexts().flatMap((context) => context.pages());
  await expect.poll(() => pages().length).toBe(1);
  const page = pages()[0];
  await page?.getByTestId('first-run-create').click();
  await page?.getByTestId('composer').waitFor();
  await browser.close();
  const processes = processesUnder(app);
  app.kill('SIGTERM');
  await expect.poll(() => stillRunning(processes), { timeout: 5_000 }).toEqual([]);
});

test('as a deb it installs, runs, and leaves the data when it is removed, purged too', async () => {
  await run(process.execPath, ['scripts/dist.mjs', '--deb', '--as-built'], { cwd: root, maxBuffer: 2 ** 24 });
  const deb = path.join(root, 'dist', readdirSync(path.join(root, 'dist')).find((name) => name.endsWith('.deb')) ?? 'missing.deb');
  const fields = execFileSync('dpkg-deb', ['-f', deb, 'Package', 'Depends'], { encoding: 'utf8' });
  expect(fields).toContain('Package: axon');
  expect(fields).toContain('libgtk-3-0');
  // a system of its own with its own package database, in which dpkg runs our scripts too; this machine's stays as it is
  const tree = path.join(home(), 'tree');
  const data = path.join(tree, 'home', 'ann', '.local', 'share', 'axon');
  for (const folder of [data, path.join(tree, 'var/lib/dpkg/info'), path.join(tree, 'var/lib/dpkg/updates')])
    mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(tree, 'var/lib/dpkg/status'), '');
  const asRoot = process.getuid?.() === 0 ? [] : ['unshare', '--map-root-user'];
  const dpkg = (...words: string[]) => {
    // our dependencies are this machine's, which that database does not know
    const [program = '', ...args] = [...asRoot, 'dpkg', `--root=${tree}`, '--force-script-chrootless', '--force-depends', ...words];
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const command = path.join(tree, 'usr', 'bin', 'axon');

  dpkg('--install', deb);
  expect(readlinkSync(command)).toBe('/opt/Axon/resources/bin/axon');
  const unit = path.join(tree, 'usr', 'lib', 'systemd', 'user', 'axon.service');
  expect(readFileSync(unit, 'utf8')).toContain('ExecStart=/usr/bin/axon start\n');
  const installed = path.join(tree, readlinkSync(command));
  await run(installed, ['key', 'new', '--home', data]);
  expect((await run(installed, ['key', 'show', '--public', '--home', data])).stdout).toMatch(/[0-9a-f]{2}(-[0-9a-f]{2}){3}/);
  const key = readFileSync(path.join(data, 'swarm.key'), 'utf8');

  dpkg('--remove', 'axon');
  expect(existsSync(path.join(tree, 'opt', 'Axon'))).toBe(false);
  expect(existsSync(unit)).toBe(false);
  expect(lstatSync(command, { throwIfNoEntry: false })).toBeUndefined();
  dpkg('--purge', 'axon');
  expect(readFileSync(path.join(data, 'swarm.key'), 'utf8')).toBe(key);
});
