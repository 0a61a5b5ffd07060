// One node of the fault tests, alone in its process. Line 1 on stdin is a Config, later lines are Commands; events go out as JSON lines,
// each stamped with the system's monotonic clock, which all processes of a machine share. Keys come by stdin: argv and env are public.
import { mdns } from '@libp2p/mdns';
import { defaultLogger } from '@libp2p/logger';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { toFailure } from '../../src-shared/failure.ts';
import { newIdentity, peerIdOf } from '../../src-main/network/identity.ts';
import { lanDiscovery } from '../../src-main/network/mdns/lan-discovery.ts';
import { answerPacket } from '../../src-main/network/mdns/packets.ts';
import { createNetwork } from '../../src-main/network/network.ts';
import { openTrust } from '../fakes/open-trust.ts';
import { clock, log, tell } from './child-world.ts';

/** What the first line of stdin holds. */
export type Config = {
  /**
   * network: a whole node; discovery: ours alone; stock: @libp2p/mdns alone. Without a node, others only hear of it.
   * flood: thousands of made-up peers and broken packets, the address in `listen`.
   */
  mode: 'network' | 'discovery' | 'stock' | 'flood';
  /** hex of 32 bytes (network), or the 8 hex digits of the tag (discovery) */
  swarm: string;
  listen: string[];
  seed?: boolean;
  /** discovery: has no key, and announces nothing. */
  keyless?: boolean;
  /** discovery: peers that are members, whatever their tag. */
  members?: string[];
};

export type Command =
  /** Asks and reads everything. stallAfter: reads no more after so many chunks. "large": the largest question there is. */
  | { do: 'ask'; peerId: string; prompt: string; stallAfter?: number }
  /** Reports what this process holds after a collection of garbage (live), and what the system counts for it (rss); MB. */
  | { do: 'memory' }
  /** discovery: "Add a device" is on screen, or no more (0). */
  | { do: 'pair'; port: number }
  /** discovery: the swarm has a new key, with this tag. */
  | { do: 'retag'; swarm: string }
  | { do: 'stop' };

export type Told = { event: string; at: number } & Record<string, unknown>;

function tellMemory(): void {
  if (globalThis.gc === undefined) throw new Error('started without --expose-gc');
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  tell('memory', { live: (heapUsed + external) / 1e6, rss: rss / 1e6 });
}

/** "bulk N": N MiB of text as fast as the link takes it. "endless": until the asker is gone. Anything else comes back. */
async function* serve(request: ChatRequest): AsyncGenerator<ChatChunk> {
  const [word, count] = (request.messages.at(-1)?.content ?? '').split(' ');
  const text = 'x'.repeat(32 * 1024);
  const pieces = word === 'bulk' ? Number(count) * 32 : word === 'endless' ? Number.POSITIVE_INFINITY : 0;
  for (let piece = 0; piece < pieces; piece += 1) {
    yield { kind: 'text', text };
    // an engine is never so fast that the process does nothing else
    await sleep(0);
  }
  if (pieces === 0) yield { kind: 'text', text: word ?? '' };
  yield { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 1, tokensPerSecond: 1, timeToFirstTokenMs: 1 } };
}

/** Every node has one, and a connection counts as the pair's own once an offer came over it. */
function offerOf(name: string): Offer {
  const hardware = {
    os: 'Linux',
    arch: 'x64',
    cpu: { model: 'a cpu', cores: 2 },
    ram: { totalMb: 1000, freeMb: 500 },
    gpus: [],
    load: 0.5,
    battery: null,
  };
  return { revision: Date.now(), name, version: '0.0.0', role: 'subordinate', hardware, leads: null };
}

type Running = { run(command: Command): Promise<void>; stop(): Promise<void> };

async function startNetwork(config: Config): Promise<Running> {
  const network = createNetwork({
    privateKey: newIdentity(),
    trust: openTrust(new Uint8Array(Buffer.from(config.swarm, 'hex'))),
    listen: config.listen,
    version: '0.0.0',
    serve,
    onEvent: ({ kind, ...fields }) => tell(kind, fields),
    remembered: [],
    remember: () => undefined,
    discover: lanDiscovery,
    seedDiscovery: config.seed === true,
    clock,
    log,
  });
  network.announce(offerOf(network.peerId.slice(-8)));
  await network.start();
  tell('ready', { peerId: network.peerId, addresses: network.addresses() });
  const ask = async ({ peerId, prompt, stallAfter }: Extract<Command, { do: 'ask' }>): Promise<void> => {
    let bytes = 0;
    let chunks = 0;
    try {
      const request = {
        id: crypto.randomUUID(),
        messages: [{ role: 'user' as const, content: prompt === 'large' ? `large ${'y'.repeat(7_000_000)}` : prompt }],
        parameters: {},
      };
      for await (const chunk of network.ask(peerId, request, new AbortController().signal)) {
        if (chunk.kind === 'text') bytes += chunk.text.length;
        if (chunks === 0) tell('answering');
        chunks += 1;
        if (chunks === stallAfter) await sleep(60_000);
      }
      tell('answered', { bytes });
    } catch (error) {
      tell('unanswered', { code: toFailure(error).code, message: toFailure(error).message, bytes });
    }
  };
  return { run: async (command) => (command.do === 'ask' ? ask(command) : undefined), stop: () => network.stop() };
}

async function startDiscovery(config: Config): Promise<Running> {
  const peerId = peerIdOf(newIdentity());
  const tags = config.seed === true ? ['_axon._udp.local', '_p2p._udp.local'] : ['_axon._udp.local'];
  const onTrouble = (failure: unknown): void => tell('trouble', { failure });
  let announced = config.swarm;
  const ours = [announced];
  const discovery = lanDiscovery({
    tags,
    swarmTags: () => (config.keyless === true ? { announced: null, ours: [] } : { announced, ours }),
    isKnown: (found) => config.members?.includes(found) === true,
    log,
    clock,
    onTrouble,
  });
  discovery.onFound((found, addresses) => tell('found', { peerId: found, addresses }));
  discovery.onOtherSwarm((count) => tell('other-swarms', { count }));
  discovery.onInterfaces(() => tell('interfaces'));
  discovery.onPairing((found, addresses, name) => tell('pairing', { peerId: found, addresses, name }));
  await discovery.start({ peerId, addresses: () => config.listen.map((address) => `${address}/p2p/${peerId}`) });
  tell('ready', { peerId, addresses: config.listen });
  const run = async (command: Command): Promise<void> => {
    if (command.do === 'pair') discovery.setPairing(command.port === 0 ? null : { port: command.port, name: 'desk' });
    if (command.do !== 'retag') return;
    announced = command.swarm;
    ours.push(announced);
    discovery.changed();
  };
  return { run, stop: async () => discovery.stop() };
}

async function startStock(config: Config): Promise<Running> {
  const peerId = peerIdOf(newIdentity());
  const addresses = config.listen.map((address) => multiaddr(`${address}/p2p/${peerId}`));
  const components = { logger: defaultLogger(), addressManager: { getAddresses: () => addresses } };
  const discovery = mdns({ interval: 1000 })(components as unknown as Parameters<ReturnType<typeof mdns>>[0]) as ReturnType<
    ReturnType<typeof mdns>
  > & {
    start(): Promise<void>;
    stop(): Promise<void>;
  };
  discovery.addEventListener('peer', ({ detail }) =>
    tell('found', { peerId: peerIdFromString(detail.id.toString()).toString(), addresses: detail.multiaddrs.map(String) }),
  );
  await discovery.start();
  tell('ready', { peerId, addresses: config.listen });
  return { run: async () => undefined, stop: () => discovery.stop() };
}

/** What someone hostile can do to everyone on a network: invent peers of our swarm, of others, and packets that are none. */
async function startFlood(config: Config): Promise<Running> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve));
  const own = config.listen[0]?.split('/')[2] ?? '';
  socket.setMulticastInterface(own);
  const post = (packet: Uint8Array): Promise<void> => new Promise((resolve) => socket.send(packet, 5353, '224.0.0.251', () => resolve()));
  const fake = (number: number, swarm: string): Uint8Array => {
    const instance = `fake${number}${swarm}._axon._udp.local`;
    const peerId = `12D3KooW${String(number).padStart(44, '1').replaceAll('0', 'z')}`;
    return answerPacket({
      tag: '_axon._udp.local',
      instance,
      addresses: [`/ip4/${own}/tcp/${1 + (number % 60_000)}/p2p/${peerId}`],
      swarm,
    });
  };
  const run = async (): Promise<void> => {
    for (let number = 0; number < 3000; number += 1) {
      await post(fake(number, config.swarm));
      await post(fake(number, 'ffffffff'));
      const broken = Buffer.from(fake(number, config.swarm));
      broken[12 + (number % (broken.byteLength - 12))] = number % 256;
      await post(number % 2 === 0 ? broken : broken.subarray(0, number % broken.byteLength));
      // as fast as any receiver's buffer takes them
      if (number % 20 === 0) await sleep(10);
    }
    tell('flooded');
  };
  tell('ready', { peerId: '', addresses: [] });
  void run();
  return { run: async () => undefined, stop: async () => void socket.close() };
}

const starters = { network: startNetwork, discovery: startDiscovery, stock: startStock, flood: startFlood };
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const first = await lines.next();
const config = JSON.parse(String(first.value)) as Config;
const running = await starters[config.mode](config);
for (;;) {
  const { value, done } = await lines.next();
  // whoever started us is gone: so are we
  if (done === true) break;
  const command = JSON.parse(String(value)) as Command;
  if (command.do === 'stop') break;
  if (command.do === 'memory') tellMemory();
  else void running.run(command);
}
await running.stop();
tell('stopped');
process.exit(0);
