// Chromium's sandbox as people have it: started by an unprivileged user, without --no-sandbox. Linux.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { electronProgram, newHome, processesUnder, removeHome, root, stillRunning } from './electron.ts';

/** nobody */
const unprivileged = 65534;
const asRoot = process.getuid?.() === 0;
const place = newHome();
let app: ChildProcess;
let address: string;

/** The clone may lie where only root can look (a folder of mode 0700): a private mount shows it to the other user, at a path of its own. */
function command(args: string[]): [string, string[]] {
  const program = electronProgram();
  if (!asRoot) return [program, [root, ...args]];
  const shown = path.join(place, 'repository');
  mkdirSync(shown);
  const inside = (file: string) => (file.startsWith(root) ? path.join(shown, path.relative(root, file)) : file);
  const drop = ['setpriv', `--reuid=${unprivileged}`, `--regid=${unprivileged}`, '--clear-groups', '--inh-caps=-all'];
  const script = 'mount --bind "$0" "$1" && shift && exec "$@"';
  return ['unshare', ['--mount', 'sh', '-c', script, root, shown, ...drop, inside(program), shown, ...args]];
}

/** Only the person who started the screen may read its cookie. */
function screenCookie(): Record<string, string> {
  const cookie = process.env['XAUTHORITY'];
  if (!asRoot || cookie === undefined) return {};
  const copy = path.join(place, 'xauthority');
  copyFileSync(cookie, copy);
  chownSync(copy, unprivileged, unprivileged);
  return { XAUTHORITY: copy };
}

beforeAll(async () => {
  const home = path.join(place, 'home');
  mkdirSync(home);
  if (asRoot) {
    chmodSync(place, 0o755);
    chownSync(home, unprivileged, unprivileged);
  }
  const [program, args] = command(['--remote-debugging-port=0', '--home', path.join(home, 'axon'), '--no-mdns', '--lang=en']);
  app = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...screenCookie(), HOME: home, ELECTRON_RUN_AS_NODE: '', DBUS_SESSION_BUS_ADDRESS: 'disabled:' },
  });
  address = await new Promise<string>((resolve, reject) => {
    let said = '';
    app.once('exit', (code) => reject(new Error(`the app ended with ${code}: ${said}`)));
    app.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
});
afterAll(() => {
  for (const pid of processesUnder(app)) if (stillRunning([pid]).length > 0) process.kill(pid, 'SIGKILL');
  removeHome(place);
});

/** '': it ended since it was listed, as those do that only start something. */
function facts(pid: number, file: 'cmdline' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (stillRunning([pid]).length > 0) throw error;
    return '';
  }
}
const line = (pid: number): string => facts(pid, 'cmdline').replaceAll('\0', ' ');
const status = (pid: number, field: string): string | undefined => new RegExp(`^${field}:\\s+(\\S+)`, 'm').exec(facts(pid, 'status'))?.[1];

test('the page is drawn by a process behind seccomp, in namespaces of its own', async () => {
  const browser = await chromium.connectOverCDP(address);
  const pages = () => browser.contexts().flatMap((context) => context.pages());
  await expect.poll(() => pages().length).toBe(1);
  await pages()[0]?.getByTestId('first-run-create').waitFor();
  await browser.close();
  const processes = processesUnder(app);
  expect(processes.filter((pid) => line(pid).includes('--no-sandbox'))).toEqual([]);
  const renderers = processes.filter((pid) => line(pid).includes('--type=renderer'));
  expect(renderers).toHaveLength(1);
  for (const pid of renderers) {
    // 2: filtered system calls
    expect(status(pid, 'Seccomp')).toBe('2');
    expect(status(pid, 'NoNewPrivs')).toBe('1');
    for (const kind of ['user', 'pid', 'net'])
      expect(readlinkSync(`/proc/${pid}/ns/${kind}`)).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
  }
});

test('nothing of the app runs as root', () => {
  const expected = asRoot ? String(unprivileged) : execFileSync('id', ['-u'], { encoding: 'utf8' }).trim();
  const owners = processesUnder(app).map((pid) => status(pid, 'Uid'));
  expect(new Set(owners.filter((owner) => owner !== undefined))).toEqual(new Set([expected]));
});

test('ends when it is told to, and leaves nothing', async () => {
  const processes = processesUnder(app);
  expect(processes.length).toBeGreaterThan(3);
  app.kill('SIGTERM');
  await expect.poll(() => stillRunning(processes), { timeout: 5_000 }).toEqual([]);
});
