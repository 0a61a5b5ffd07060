// The whole of it from the command line, on two machines: one serves the default model, the other asks, and only mDNS brings them together.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { say } from '../../src-main/cli/words.ts';
import { report } from '../report.ts';
import { follow, now, type Child } from './child.ts';
import { createLab, type Host, type Lab } from './netns.ts';

const program = fileURLToPath(new URL('../../src-main/cli.ts', import.meta.url));
const loadingMs = 240_000;

let lab: Lab;
let folder: string;
let hosts: [Host, Host];
const servers: Child[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-netns-'));
  lab = await createLab();
  const lan = lab.lan();
  hosts = [await lab.host('a'), await lab.host('b')];
  for (const [index, host] of hosts.entries()) host.plug(lan, { nic: 'eth0', cidr: `192.168.78.${index + 1}/24` });
});

afterEach(async () => {
  // by request, so that each takes its engine along
  for (const server of servers.splice(0)) {
    server.process.kill('SIGTERM');
    await server.ended;
  }
  await lab.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const home = (name: string): string => path.join(folder, name);
const keyOf = (name: string): string => path.join(home(name), 'swarm.key');

async function axon(host: Host, args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = host.spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** `axon serve` in the first machine, ready to answer. */
async function serve(): Promise<Child> {
  const args = ['--home', home('leader'), 'serve', '--engine', 'embedded', '--open', '--json'];
  const server = follow(hosts[0].spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }));
  servers.push(server);
  await server.next('ready', { withinMs: loadingMs });
  return server;
}

test('with the same key they find each other, and the answer comes', async () => {
  expect(await axon(hosts[0], ['--home', home('leader'), 'key', 'new'])).toMatchObject({ code: 0 });
  expect(await axon(hosts[1], ['--home', home('asker'), 'key', 'import', keyOf('leader')])).toMatchObject({ code: 0 });
  const server = await serve();
  const ready = server.told.find(({ event }) => event === 'ready');
  const asked = now();
  const answer = await axon(hosts[1], ['--home', home('asker'), 'ask', 'Name three colours.', '--temperature', '0', '--json']);
  expect(answer, answer.stderr).toMatchObject({ code: 0 });
  const last = JSON.parse(answer.stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(last).toMatchObject({ leader: { peerId: ready?.['peerId'] } });
  expect(String(last['text']).length).toBeGreaterThan(0);
  const figures = report('network');
  figures.row({ name: 'CLI: from "ask" to the whole answer, other machine', value: now() - asked, unit: 'ms', limit: null });
  figures.write();
});

test('with different keys they do not, and both say that another swarm is near', async () => {
  for (const [index, name] of ['leader', 'asker'].entries()) {
    const host = hosts[index];
    if (host === undefined) throw new Error('two hosts');
    expect(await axon(host, ['--home', home(name), 'key', 'new'])).toMatchObject({ code: 0 });
  }
  const server = await serve();
  const asking = axon(hosts[1], ['--home', home('asker'), 'ask', 'Name three colours.', '--json']);
  const seen = await server.next('other-swarm', { where: ({ count }) => Number(count) >= 1 });
  expect(seen.at).toBeGreaterThan(0);
  const answer = await asking;
  expect(answer, answer.stderr).toMatchObject({ code: 3 });
  expect(answer.stderr).toContain(say('ask.otherSwarm'));
  expect(server.told.filter(({ event, state }) => event === 'peer' && state === 'connected')).toEqual([]);
});
