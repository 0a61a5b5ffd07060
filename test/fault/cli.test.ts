// The command line as programs of their own on loopback: what they print, and every exit code. Ollama is a fake one, so that the moment
// of each fault is ours to choose; the real engine answers once. mDNS stays off: nothing may leave this machine.
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hardwareFacts } from '../../src-shared/hardware.ts';
import { swarmSnapshot } from '../../src-shared/snapshot.ts';
import type { FakeOllama } from '../fakes/fake-ollama.ts';
import { axonHomes, events, patienceMs, type Ready } from './axon-process.ts';

const model = 'llama3.2:3b';

const { home, start, axon, ollama, openai } = axonHomes();

/** Makes the swarm of "leader" and lets the others join it. */
async function swarmOf(...others: string[]): Promise<void> {
  expect((await axon('leader', ['key', 'new'])).code).toBe(0);
  for (const name of others) expect((await axon(name, ['key', 'import', path.join(home('leader'), 'swarm.key')])).code).toBe(0);
}

const offline = ['--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--json'];

/** `axon serve`, once it said that it is ready. */
async function serve(args: string[]): Promise<Ready> {
  const server = start('leader', ['serve', ...offline, '--open', ...args]);
  await expect
    .poll(() => (server.process.exitCode === null ? events(server).length : server.stderr()), { timeout: patienceMs, interval: 100 })
    .toBeGreaterThan(0);
  const [ready] = events(server);
  expect(ready).toMatchObject({ event: 'ready', role: 'leader' });
  const { addresses, peerId } = ready as unknown as { addresses: string[]; peerId: string };
  return { ...server, address: addresses[0] ?? '', peerId };
}

const serveWith = (fake: FakeOllama): ReturnType<typeof serve> => serve(['--engine', 'ollama', '--ollama-url', fake.url]);
const asking = (address: string, ...more: string[]): string[] => ['ask', 'Why is the sky blue?', '--no-mdns', '--peer', address, ...more];

/** Nobody listens there: it was just given back. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

describe('an answer', () => {
  test('of the real engine: ready line, text, and the JSON of the contract', async () => {
    await swarmOf('asker');
    const server = await serve([]);
    expect(events(server)[0]).toEqual({
      event: 'ready',
      peerId: server.peerId,
      addresses: [expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3KooW/)],
      role: 'leader',
      models: expect.arrayContaining(['smollm2-135m-instruct']),
    });
    const plain = await axon('asker', asking(server.address, '--temperature', '0', '--seed', '1'));
    expect(plain, plain.err).toMatchObject({ code: 0, err: '' });
    const json = await axon('asker', asking(server.address, '--temperature', '0', '--seed', '1', '--json'));
    expect(json, json.err).toMatchObject({ code: 0 });
    expect(json.out.trim().split('\n')).toHaveLength(1);
    const answer = JSON.parse(json.out) as Record<string, unknown>;
    expect(answer).toEqual({
      text: expect.stringMatching(/\w/),
      leader: { peerId: server.peerId, name: expect.any(String) },
      model: 'smollm2-135m-instruct',
      tokens: expect.any(Number),
      tokensPerSecond: expect.any(Number),
      timeToFirstTokenMs: expect.any(Number),
      why: expect.stringMatching(/^.+ answered with smollm2-135m-instruct: .+\.$/),
      route: [expect.objectContaining({ leader: { peerId: server.peerId, name: expect.any(String) }, from: 0, lost: null })],
      chunks: expect.arrayContaining([expect.objectContaining({ kind: 'placed' })]),
    });
    // Greedy: the same text twice.
    expect(plain.out).toBe(`${String(answer['text'])}\n`);
  });

  test('what this machine is, and the swarm as it is and as it was when the node ended', async () => {
    await swarmOf();
    const server = await serveWith(await ollama());
    const facts = hardwareFacts.parse(JSON.parse((await axon('leader', ['facts', '--format', 'json'])).out));
    expect(facts.ram.totalMb).toBeGreaterThan(0);
    const live = await axon('leader', ['status', '--format', 'json']);
    const snapshot = swarmSnapshot.parse(JSON.parse(live.out));
    expect(snapshot.nodes).toMatchObject([{ peerId: server.peerId, self: true, leads: true, role: 'leader', models: [{ name: model }] }]);
    expect(snapshot.totals).toMatchObject({ nodes: 1, leaders: 1, models: 1, cores: { sum: facts.cpu.cores, unknown: 0 } });
    expect((await axon('leader', ['status', '--format', 'yaml'])).out).toContain(`peerId: ${server.peerId}`);
    server.process.kill('SIGTERM');
    await expect.poll(() => server.process.exitCode, { timeout: patienceMs }).toBe(0);
    expect((await axon('leader', ['status'])).code).toBe(3);
    const kept = await axon('leader', ['status', '--cached']);
    expect(kept.out).toMatch(/^snapshot .* ago\nmachines +1: /);
    expect(kept.out).toContain(server.peerId);
    expect(await axon('leader', ['reset', '--yes'])).toMatchObject({ code: 0, out: expect.stringContaining('snapshot.json') });
  });

  test('through the node that runs for the home; status, peers, role and window are told by it', async () => {
    await swarmOf();
    const fake = await ollama({ script: () => 'Because of Rayleigh.' });
    const server = await serveWith(fake);
    const answer = await axon('leader', ['ask', 'Why?', '--temperature', '0.5', '--seed', '7']);
    expect(answer, answer.err).toMatchObject({ code: 0, out: 'Because of Rayleigh.\n' });
    expect(fake.chats[0]).toMatchObject({ model, options: { temperature: 0.5, seed: 7 } });
    const status = JSON.parse((await axon('leader', ['status', '--json'])).out) as { self: { peerId: string } };
    expect(status.self.peerId).toBe(server.peerId);
    const words = await axon('leader', ['status']);
    expect(words.out).toContain(server.peerId);
    expect(words.out).toContain(model);
    expect(await axon('leader', ['peers', '--json'])).toMatchObject({ code: 0, out: '[]\n' });
    expect(await axon('leader', ['role', 'subordinate', '--json'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('"wanted":"subordinate"'),
    });
    await expect
      .poll(() => events(server).some(({ event, wanted }) => event === 'role' && wanted === 'subordinate'), { timeout: patienceMs })
      .toBe(true);
    const window = await axon('leader', ['window']);
    expect(window.out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
    expect((await axon('leader', ['reset', '--yes'])).code).toBe(1);
    expect((await axon('leader', ['key', 'new', '--replace'])).code).toBe(0);
    // The key never shows up in what is printed or logged.
    const key = readFileSync(path.join(home('leader'), 'swarm.key'), 'utf8').split('\n')[2] ?? '';
    const log = readFileSync(path.join(home('leader'), 'logs', 'axon.log'), 'utf8');
    expect(key).toHaveLength(64);
    expect(server.stdout() + server.stderr() + log + words.out).not.toContain(key);
    expect(log).not.toContain(window.out.split('#token=')[1]?.trim());
  });
});

describe('exit codes', () => {
  test('3: the port is closed, and nobody answers at all', async () => {
    await swarmOf();
    const refused = await axon('leader', asking(`/ip4/127.0.0.1/tcp/${await closedPort()}`));
    expect(refused, refused.err).toMatchObject({ code: 3, out: '' });
    expect(refused.err).toContain('(not-reachable:');
    const alone = await axon('leader', ['ask', 'hi', '--no-mdns', '--wait', '0.2']);
    expect(alone, alone.err).toMatchObject({ code: 3, out: '' });
    expect(alone.err).toContain('(no-leader:');
  });

  test('4: another key', async () => {
    await swarmOf();
    const server = await serveWith(await ollama());
    expect((await axon('stranger', ['key', 'new'])).code).toBe(0);
    const answer = await axon('stranger', asking(server.address));
    expect(answer, answer.err).toMatchObject({ code: 4, out: '' });
    expect(answer.err).toMatch(/probably has another swarm\.key/);
  });

  test('of a server with the OpenAI API, which its address chooses; what it refuses is 5', async () => {
    await swarmOf('asker');
    const fake = await openai({ script: () => 'Because of Rayleigh.' });
    const server = await serve(['--openai-url', `${fake.url}/v1`]);
    expect(events(server)[0]).toMatchObject({ models: ['smollm2-135m-instruct'] });
    const answer = await axon('asker', asking(server.address, '--temperature', '0.5', '--seed', '7'));
    expect(answer, answer.err).toMatchObject({ code: 0, out: 'Because of Rayleigh.\n' });
    expect(fake.chats[0]).toMatchObject({ temperature: 0.5, seed: 7 });
    fake.failNext(500, { message: 'Compute error.', type: 'server_error' });
    const refused = await axon('asker', asking(server.address));
    expect(refused, refused.err).toMatchObject({ code: 5, out: '' });
    const doctor = await axon('leader', ['doctor']);
    expect(doctor.out).toMatch(/engine: openai b8146-de3ff81, ready; llama-server/);
  });

  test('5: the engine refuses, on the leader and as no engine at all', async () => {
    await swarmOf('asker');
    const fake = await ollama();
    const server = await serveWith(fake);
    fake.failNext(500, 'model runner has unexpectedly stopped');
    const answer = await axon('asker', asking(server.address));
    expect(answer, answer.err).toMatchObject({ code: 5, out: '' });
    const nowhere = `http://127.0.0.1:${await closedPort()}`;
    server.process.kill('SIGTERM');
    await server.ended;
    const without = await axon('leader', ['serve', ...offline, '--engine', 'ollama', '--ollama-url', nowhere]);
    expect(without, without.err).toMatchObject({ code: 5, out: '' });
  });

  test('7: nobody has that model; serve has not either', async () => {
    await swarmOf('asker');
    const fake = await ollama();
    const server = await serveWith(fake);
    const answer = await axon('asker', asking(server.address, '--model', 'no-such-model'));
    expect(answer, answer.err).toMatchObject({ code: 7, out: '' });
    server.process.kill('SIGTERM');
    await server.ended;
    const again = await axon('leader', ['serve', ...offline, '--engine', 'ollama', '--ollama-url', fake.url, '--model', 'no-such-model']);
    expect(again, again.err).toMatchObject({ code: 7, out: '' });
  });

  test('8: all slots are taken and the line is full', async () => {
    await swarmOf('asker');
    const server = await serveWith(await ollama({ tokenMs: 200, script: () => 'word '.repeat(2000) }));
    // One answer, sixteen in line: all through one running node, which is cheaper than seventeen.
    const crowd = Array.from({ length: 17 }, () => start('leader', ['ask', 'wait', '--no-mdns']));
    const load = (): number => Math.max(...events(server).map(({ running: now, waiting }) => Number(now ?? 0) + Number(waiting ?? 0)));
    await expect.poll(load, { timeout: patienceMs, interval: 200 }).toBe(17);
    const answer = await axon('asker', asking(server.address));
    expect(answer, answer.err).toMatchObject({ code: 8, out: '' });
    for (const one of crowd) one.process.kill('SIGINT');
    expect(new Set(await Promise.all(crowd.map(({ ended }) => ended)))).toEqual(new Set([130]));
  });

  test('9: the leader is killed mid-answer; what came is kept', async () => {
    await swarmOf('asker');
    const server = await serveWith(await ollama({ tokenMs: 50, script: () => 'word '.repeat(2000) }));
    const asker = start('asker', asking(server.address));
    await expect.poll(() => asker.stdout(), { timeout: patienceMs, interval: 50 }).toContain('word');
    server.process.kill('SIGKILL');
    expect(await asker.ended, asker.stderr()).toBe(9);
    expect(asker.stdout()).toContain('word');
    expect(asker.stderr()).toContain('(leader-lost:');
  });

  test('130: interrupted, and the leader stops writing', async () => {
    await swarmOf('asker');
    const fake = await ollama({ tokenMs: 50, script: () => 'word '.repeat(2000) });
    const server = await serveWith(fake);
    const asker = start('asker', asking(server.address));
    await expect.poll(() => asker.stdout(), { timeout: patienceMs, interval: 50 }).toContain('word');
    expect(fake.writing).toBe(1);
    asker.process.kill('SIGINT');
    expect(await asker.ended, asker.stderr()).toBe(130);
    await expect.poll(() => fake.writing, { timeout: 5_000, interval: 50 }).toBe(0);
  });

  test('serve: 6 without a key, 0 on SIGTERM, 130 on SIGINT, 1 when the home is taken', async () => {
    expect(await axon('nobody', ['serve', ...offline])).toMatchObject({ code: 6, out: '' });
    await swarmOf();
    const fake = await ollama();
    const first = await serveWith(fake);
    const second = await axon('leader', ['serve', ...offline]);
    expect(second, second.err).toMatchObject({ code: 1, out: '' });
    expect(second.err).toContain('(home-in-use:');
    const entry = path.join(home('leader'), 'node.json');
    expect(statSync(entry).mode & 0o777).toBe(0o600);
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(() => statSync(entry)).toThrow();
    const third = await serveWith(fake);
    third.process.kill('SIGINT');
    expect(await third.ended).toBe(130);
  });

  test('doctor: 1 on a fault, 0 when there is none', async () => {
    const without = await axon('leader', ['doctor', '--no-mdns', '--json']);
    expect(without, without.err).toMatchObject({ code: 1 });
    expect(JSON.parse(without.out)).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ name: 'key', outcome: 'fault', fix: expect.any(String) })]),
    });
    await swarmOf();
    const whole = await axon('leader', ['doctor', '--no-mdns']);
    expect(whole, whole.out + whole.err).toMatchObject({ code: 0 });
    for (const name of ['key', 'port', 'mdns', 'engine', 'model', 'peers']) expect(whole.out).toContain(`${name}: `);
  });
});

test('start: without a key it runs, and prints the window and a line to try', async () => {
  const node = start('fresh', ['start', '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0']);
  await expect
    .poll(() => node.stdout(), { timeout: patienceMs, interval: 100 })
    .toMatch(/Web window: +http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\nTry: +.+ask ".+" --home .+\n/);
  expect(node.stdout()).toContain('key new');
  expect((await axon('fresh', ['key', 'new'])).code).toBe(0);
  await expect.poll(async () => (await axon('fresh', ['status'])).out, { timeout: patienceMs }).toMatch(/address +\/ip4\/127\.0\.0\.1/);
  node.process.kill('SIGTERM');
  expect(await node.ended).toBe(0);
});
