// Nodes as processes on machines of their own: found, cut off, frozen, killed, kept busy. Figures go to reports/network.json.
// Few repeats normally, more with AXON_LONG=1. A figure beyond its goal is a MISS in the report; beyond 1.5 times the goal, at the 90th
// percentile of the repeats, it fails the test.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { multiaddr } from '@multiformats/multiaddr';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newSwarmKey } from '../../src-main/network/swarm-key.ts';
import { cleanUp, done, startNode, startStock } from '../swarm/network-fixtures.ts';
import { judged, report } from '../report.ts';
import { now, startChild, type Child } from './child.ts';
import { createLab, type Cable, type Host, type Lab, type Lan } from './netns.ts';
import type { Config } from './network-child.ts';

const long = process.env['AXON_LONG'] === '1';
const few = long ? 20 : 3;
const figures = report('network');
afterAll(() => void figures.write());

let lab: Lab;
beforeEach(async () => {
  lab = await createLab();
});
afterEach(async () => {
  await lab.destroy();
  await cleanUp();
});

type Node = Child & { peerId: string };
const swarm = Buffer.from(newSwarmKey()).toString('hex');
const anyPort = ['/ip4/0.0.0.0/tcp/0'];
const startNetworkChild = (host: Host, more: Partial<Config> = {}): Promise<Node> =>
  startChild(host, { mode: 'network', swarm, listen: anyPort, ...more });

function judge(name: string, values: number[], unit: string, goal: number, note = ''): void {
  judged(figures, { name, values, unit, goal, note });
}

/** The row of something that must not happen at all. */
function judgeNone(name: string, count: number, note = ''): void {
  figures.row({ name, value: count, unit: 'count', limit: 0, note });
  expect(count, name).toBe(0);
}

/** Two machines on one switch, each with one cable. */
async function pair(options: { up?: boolean } = {}): Promise<{ hosts: [Host, Host]; cables: [Cable, Cable]; lan: Lan }> {
  const lan = lab.lan();
  const hosts: [Host, Host] = [await lab.host('a'), await lab.host('b')];
  const plugged = hosts.map((host, index) => host.plug(lan, { nic: 'eth0', cidr: `192.168.77.${index + 1}/24`, ...options }));
  const [one, other] = plugged;
  if (one === undefined || other === undefined) throw new Error('two cables');
  return { hosts, cables: [one, other], lan };
}

/** When both have seen the other connected, since that time. */
async function connected(one: Node, other: Node, since: number): Promise<number> {
  const [a, b] = await Promise.all([
    one.next('connected', { since, where: ({ peerId }) => peerId === other.peerId }),
    other.next('connected', { since, where: ({ peerId }) => peerId === one.peerId }),
  ]);
  return Math.max(a.at, b.at);
}

/** Starts a second node again and again beside one that runs; from its listening to being connected. */
async function foundTimes(first: Host, second: Host): Promise<number[]> {
  const one = await startNetworkChild(first);
  const times: number[] = [];
  for (let run = 0; run < few; run += 1) {
    const other = await startNetworkChild(second);
    const { at } = await other.next('listening');
    times.push((await connected(one, other, at)) - at);
    await other.stop();
  }
  return times;
}

describe('found by mDNS', () => {
  const goal = 1000;

  test('over one cable, with a default route', async () => {
    const { hosts } = await pair();
    for (const host of hosts) host.run('ip', 'route', 'add', 'default', 'via', '192.168.77.254');
    judge('found: one link', await foundTimes(...hosts), 'ms', goal);
  });

  test('without a default route', async () => {
    const { hosts } = await pair();
    judge('found: no default route', await foundTimes(...hosts), 'ms', goal);
  });

  test('with two interfaces each, the default routes elsewhere', async () => {
    const { hosts } = await pair();
    for (const [index, host] of hosts.entries()) {
      host.plug(lab.lan(), { nic: 'vpn0', cidr: `10.${index + 8}.0.2/24` });
      host.run('ip', 'route', 'add', 'default', 'via', `10.${index + 8}.0.1`);
    }
    judge('found: two interfaces, default routes elsewhere', await foundTimes(...hosts), 'ms', goal);
  });

  test('on one machine, and on one that has no network at all', async () => {
    const { hosts } = await pair();
    judge('found: both on one machine', await foundTimes(hosts[0], hosts[0]), 'ms', goal);
    const lonely = await lab.host('lonely');
    judge('found: on one machine without a network', await foundTimes(lonely, lonely), 'ms', goal);
  });

  test('when the link comes up late', async () => {
    const times: number[] = [];
    for (let run = 0; run < few; run += 1) {
      const { hosts, cables } = await pair({ up: false });
      const nodes = await Promise.all(hosts.map((host) => startNetworkChild(host)));
      const [one, other] = nodes as [Node, Node];
      // at any moment between two looks at the interfaces
      await sleep(500 + 2000 * (run / few));
      const up = now();
      for (const cable of cables) cable.plug();
      times.push((await connected(one, other, up)) - up);
      await Promise.all(nodes.map((node) => node.stop()));
    }
    judge('found: late link', times, 'ms', 3000, 'from link up');
  });

  test('each node only announces what can be reached over that link', async () => {
    const { hosts, lan } = await pair();
    hosts[0].plug(lab.lan(), { nic: 'vpn0', cidr: '10.8.0.2/24' });
    hosts[0].plug(lan, { nic: 'eth1', cidr: '192.168.77.11/24' });
    const listen = ['192.168.77.1', '192.168.77.11', '10.8.0.2', '127.0.0.1'].map((address) => `/ip4/${address}/tcp/9`);
    const announcer = await startChild(hosts[0], { mode: 'discovery', swarm: '00112233', listen });
    const hearer = await startChild(hosts[1], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.2/tcp/9'] });
    const of = ({ told }: Child): string[] => [
      ...new Set(told.filter(({ event }) => event === 'found').flatMap(({ addresses }) => addresses as string[])),
    ];
    await expect.poll(() => of(hearer).toSorted()).toEqual(['/ip4/192.168.77.1/tcp/9', '/ip4/192.168.77.11/tcp/9']);
    await expect.poll(() => of(announcer)).toEqual(['/ip4/192.168.77.2/tcp/9']);
  });
});

describe('announced by mDNS', () => {
  test('"Add a device", to a machine without the key, for as long as it is on screen', async () => {
    const { hosts } = await pair();
    const desk = await startChild(hosts[0], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.1/tcp/4101'] });
    const laptop = await startChild(hosts[1], { mode: 'discovery', swarm: '', listen: [], keyless: true });
    const began = now();
    desk.send({ do: 'pair', port: 4777 });
    const { at, addresses, name } = await laptop.next('pairing', { where: ({ peerId }) => peerId === desk.peerId });
    expect([addresses, name]).toEqual([['/ip4/192.168.77.1/tcp/4777'], 'desk']);
    judge('found: a machine that adds devices', [at - began], 'ms', 1000);
    desk.send({ do: 'pair', port: 0 });
    await laptop.next('pairing', { where: ({ peerId, addresses: left }) => peerId === desk.peerId && String(left) === '' });
    // once more asked, nothing of it is said
    const later = await startChild(hosts[1], { mode: 'discovery', swarm: '', listen: [], keyless: true });
    await desk.next('other-swarms', { withinMs: 3000 }).catch(() => undefined);
    expect(later.count('pairing')).toBe(0);
    // a machine without a key says nothing of itself
    expect([desk.count('found'), desk.count('other-swarms')]).toEqual([0, 0]);
  });

  test('a new key: members go on finding each other, whoever has it already', async () => {
    const { hosts } = await pair();
    const desk = await startChild(hosts[0], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.1/tcp/9'] });
    const members = [desk.peerId];
    const sleeper = await startChild(hosts[1], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.2/tcp/9'], members });
    const stranger = await startChild(hosts[1], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.2/tcp/10'] });
    for (const hearer of [sleeper, stranger]) await hearer.next('found', { where: ({ peerId }) => peerId === desk.peerId });
    const since = now();
    desk.send({ do: 'retag', swarm: '44556677' });
    await sleeper.next('found', { since, where: ({ peerId }) => peerId === desk.peerId });
    await stranger.next('other-swarms', { since, where: ({ count }) => count === 1 });
    expect(stranger.told.filter(({ event, peerId, at }) => event === 'found' && peerId === desk.peerId && at > since)).toEqual([]);
    // the old tag is still one of ours
    const again = await startChild(hosts[1], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.2/tcp/11'] });
    await desk.next('found', { since, where: ({ peerId }) => peerId === again.peerId });
  });
});

describe('other programs', () => {
  test('stock @libp2p/mdns finds ours, and ours finds it', async () => {
    const { hosts } = await pair();
    // stock cannot send without one
    for (const host of hosts) host.run('ip', 'route', 'add', 'default', 'via', '192.168.77.254');
    const times: number[] = [];
    for (let run = 0; run < few; run += 1) {
      const stock = await startChild(hosts[0], { mode: 'stock', swarm: '', listen: ['/ip4/192.168.77.1/tcp/9', '/ip4/127.0.0.1/tcp/9'] });
      const ours = await startChild(hosts[1], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.2/tcp/9'], seed: true });
      const { at } = await ours.next('ready');
      const [theirFind, ourFind] = await Promise.all([stock.next('found'), ours.next('found')]);
      expect(theirFind).toMatchObject({ peerId: ours.peerId, addresses: ['/ip4/192.168.77.2/tcp/9'] });
      // their loopback is not ours to dial
      expect(ourFind).toMatchObject({ peerId: stock.peerId, addresses: ['/ip4/192.168.77.1/tcp/9'] });
      times.push(Math.max(theirFind.at, ourFind.at) - at);
      await Promise.all([stock.stop(), ours.stop()]);
    }
    // stock asks once a second here; what is lost while it starts comes with its next question
    judge('interop: stock mDNS finds ours and ours finds it', times, 'ms', 1500);
  });

  test('bytes to and from stock libp2p with stock pnet come through unchanged', async () => {
    const sizes = long ? [1, 1000, 65_536, 1_000_003, 4_194_304, 6_000_000, 6_000_000, 6_000_000] : [1, 65_536, 1_000_003, 6_000_000];
    const stock = await startStock();
    await stock.handle('/axon/inference/1.0.0', async (stream) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream) pieces.push(piece.subarray());
      const { prompt } = JSON.parse(Buffer.concat(pieces).subarray(4).toString()) as { prompt: string };
      const reply = Buffer.from(JSON.stringify({ response: prompt, success: true, error: null }));
      const head = Buffer.alloc(4);
      head.writeUInt32BE(reply.byteLength);
      stream.send(Buffer.concat([head, reply]));
      await stream.close();
    });
    const node = await startNode({
      serve: async function* () {
        yield done;
      },
    });
    const peerId = await node.network.dial(multiaddr(stock.getMultiaddrs()[0]?.toString() ?? '').toString(), AbortSignal.timeout(10_000));
    let wrong = 0;
    let exchanged = 0;
    for (const size of sizes) {
      const text = randomBytes(Math.ceil(size / 2))
        .toString('hex')
        .slice(0, size);
      const back = await node.network.askSeed(peerId, text, undefined, AbortSignal.timeout(60_000));
      exchanged += 2 * size;
      if (back !== text) wrong += size;
    }
    judgeNone('interop: bytes that stock pnet and ours understood differently', wrong, `${(exchanged / 1e6).toFixed(1)} MB both ways`);
  });

  test('someone who announces thousands of peers gets few of them in, and no node down', async () => {
    const { hosts, lan } = await pair();
    const flooder = await lab.host('flooder');
    flooder.plug(lan, { nic: 'eth0', cidr: '192.168.77.66/24' });
    const target = await startChild(hosts[0], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.1/tcp/9'] });
    const flood = await startChild(flooder, { mode: 'flood', swarm: '00112233', listen: ['/ip4/192.168.77.66/tcp/9'] });
    await flood.next('flooded');
    const others = (): number => Number(target.told.findLast(({ event }) => event === 'other-swarms')?.['count'] ?? 0);
    await expect.poll(others).toBeGreaterThan(0);
    const found = new Set(target.told.filter(({ event }) => event === 'found').map(({ peerId }) => peerId));
    expect(found.size).toBeGreaterThan(0);
    figures.row({ name: 'hostile mDNS: kept of 3000 invented peers', value: found.size, unit: 'count', limit: 64 });
    figures.row({ name: 'hostile mDNS: kept of 3000 invented nodes of other swarms', value: others(), unit: 'count', limit: 64 });
    expect(Math.max(found.size, others())).toBeLessThanOrEqual(64);
    // it still answers those who are real, and one who finds us dials us
    const real = await startChild(hosts[1], { mode: 'discovery', swarm: '00112233', listen: ['/ip4/192.168.77.2/tcp/9'] });
    await real.next('found', { where: ({ peerId }) => peerId === target.peerId });
    await target.stop();
  });

  test('another swarm is near: both say so, and neither dials', async () => {
    const { hosts } = await pair();
    const times: number[] = [];
    let connections = 0;
    for (let run = 0; run < few; run += 1) {
      const keys = [newSwarmKey(), newSwarmKey()].map((key) => Buffer.from(key).toString('hex'));
      const nodes = await Promise.all(hosts.map((host, index) => startNetworkChild(host, { swarm: keys[index] ?? '' })));
      const ready = Math.max(...nodes.map(({ told }) => told.find(({ event }) => event === 'listening')?.at ?? 0));
      const said = await Promise.all(nodes.map((node) => node.next('other-swarms', { where: ({ count }) => Number(count) >= 1 })));
      times.push(Math.max(...said.map(({ at }) => at)) - ready);
      await sleep(1000);
      connections += nodes.reduce((sum, node) => sum + node.count('found') + node.count('connected'), 0);
      await Promise.all(nodes.map((node) => node.stop()));
    }
    judge('other swarm noticed', times, 'ms', 1000);
    judgeNone('other swarm dialled', connections);
  });
});

describe('a peer that goes', () => {
  test('is redialled within 3 s of the link', async () => {
    const { hosts, cables } = await pair();
    const nodes = (await Promise.all(hosts.map((host) => startNetworkChild(host)))) as [Node, Node];
    const [one, other] = nodes;
    await connected(one, other, 0);
    const times: number[] = [];
    for (let run = 0; run < few; run += 1) {
      const cut = now();
      cables[0].unplug();
      await Promise.all(nodes.map((node) => node.next('disconnected', { since: cut })));
      await sleep(long ? 30_000 * (run / few) : 2000 * (run / few));
      const up = now();
      cables[0].plug();
      times.push((await connected(one, other, up)) - up);
    }
    judge('back after a blip', times, 'ms', 3000, 'from link up');
  });

  test('is noticed within 3 s when silent, and back when it wakes', async () => {
    const { hosts } = await pair();
    const nodes = (await Promise.all(hosts.map((host) => startNetworkChild(host)))) as [Node, Node];
    const [one, other] = nodes;
    await connected(one, other, 0);
    const silent: number[] = [];
    const woken: number[] = [];
    for (let run = 0; run < few; run += 1) {
      const stopped = now();
      other.process.kill('SIGSTOP');
      const { at } = await one.next('disconnected', { since: stopped });
      silent.push(at - stopped);
      const wake = now();
      other.process.kill('SIGCONT');
      const back = await one.next('connected', { since: wake });
      woken.push(back.at - wake);
      // the one that slept may learn of the old connection's end only now
      await sleep(2000 * (run / few));
    }
    judge('silent peer noticed', silent, 'ms', 3000);
    judge('back after sleep', woken, 'ms', 3000, 'from waking up');
  });

  test('is noticed within 0.2 s when killed', async () => {
    const { hosts } = await pair();
    const one = await startNetworkChild(hosts[0]);
    const times: number[] = [];
    for (let run = 0; run < few; run += 1) {
      const other = await startNetworkChild(hosts[1]);
      await connected(one, other, 0);
      const killed = now();
      other.process.kill('SIGKILL');
      times.push((await one.next('disconnected', { since: killed })).at - killed);
    }
    judge('killed peer noticed', times, 'ms', 200);
  });
});

describe('no false alarm', () => {
  test('during a bulk transfer at 20 Mbit/s, both ways', async () => {
    const { hosts, cables } = await pair();
    const nodes = (await Promise.all(hosts.map((host) => startNetworkChild(host)))) as [Node, Node];
    const [one, other] = nodes;
    await connected(one, other, 0);
    cables[0].limit({ mbit: 20 });
    const began = now();
    const megabytes = long ? 120 : 25;
    one.send({ do: 'ask', peerId: other.peerId, prompt: `bulk ${megabytes}` });
    other.send({ do: 'ask', peerId: one.peerId, prompt: 'large' });
    const { bytes, at } = await one.next('answered', { withinMs: 200_000 });
    await other.next('answered', { withinMs: 200_000 });
    expect(bytes).toBe(megabytes * 1024 * 1024);
    const alarms = nodes.reduce((sum, node) => sum + node.count('disconnected', began), 0);
    judgeNone('false alarms: bulk transfer at 20 Mbit/s', alarms, `${megabytes} MiB in ${((at - began) / 1000).toFixed(1)} s`);
  });

  test('under load of the processors', async () => {
    const { hosts } = await pair();
    const nodes = (await Promise.all(hosts.map((host) => startNetworkChild(host)))) as [Node, Node];
    const [one, other] = nodes;
    await connected(one, other, 0);
    const began = now();
    const seconds = long ? 60 : 15;
    const loops = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['-e', `const until = Date.now() + ${seconds * 1000}; while (Date.now() < until);`]),
    );
    await Promise.all(loops.map((loop) => new Promise((resolve) => loop.once('exit', resolve))));
    // an alarm that the load caused may be late itself
    await sleep(3000);
    const alarms = nodes.reduce((sum, node) => sum + node.count('disconnected', began), 0);
    judgeNone('false alarms: six busy programs', alarms, `${seconds} s`);
  });
});

test('a stalled reader costs the leader at most 20 MB', async () => {
  const { hosts } = await pair();
  const nodes = (await Promise.all(hosts.map((host) => startNetworkChild(host)))) as [Node, Node];
  const [asker, leader] = nodes;
  await connected(asker, leader, 0);
  const memory = async (): Promise<{ live: number; rss: number }> => {
    const since = now();
    leader.send({ do: 'memory' });
    const { live, rss } = await leader.next('memory', { since });
    return { live: Number(live), rss: Number(rss) };
  };
  const held: number[] = [];
  const resident: number[] = [];
  const runs = long ? 5 : 2;
  for (let run = 0; run < runs; run += 1) {
    // an answer that is read: what the system has given for that is no cost of the stall
    const since = now();
    asker.send({ do: 'ask', peerId: leader.peerId, prompt: 'bulk 64' });
    await asker.next('answered', { since });
    const before = await memory();
    const stalled = now();
    asker.send({ do: 'ask', peerId: leader.peerId, prompt: 'endless', stallAfter: 5 });
    await asker.next('answering', { since: stalled });
    const during: { live: number; rss: number }[] = [];
    while (now() - stalled < 8000) {
      during.push(await memory());
      await sleep(250);
    }
    held.push(Math.max(0, ...during.map(({ live }) => live - before.live)));
    resident.push(Math.max(0, ...during.map(({ rss }) => rss - before.rss)));
    // the leader gives the stalled one up before the next run
    if (run < runs - 1) await sleep(4000);
  }
  judge('stalled reader: held by the leader', held, 'MB', 20);
  judge('stalled reader: resident memory of the leader', resident, 'MB', 20, 'over an answer that was read');
});
