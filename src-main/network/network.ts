// Puts the room together: the port Network of swarm/ports.ts on libp2p.
import type { Connection } from '@libp2p/interface';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Offer, PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log, ServedChat } from '../jobs/ports.ts';
import type { Network, NetworkEvent } from '../swarm/ports.ts';
import { parseAddress, withoutPeerId, withPeerId } from './address.ts';
import { asker, type Asker } from './asker.ts';
import { chatProtocol, chatServer, chatWire } from './chat-protocol.ts';
import { diagnose, dialProgress, NotKept } from './diagnose.ts';
import { axonTag, seedTag, type Discover, type Discovery } from './discovery.ts';
import { privateKeyOf, peerIdOf } from './identity.ts';
import { inferenceProtocol, inferenceServer, inferenceWire } from './inference-protocol.ts';
import { isLoopback, type PeerNode } from './libp2p-node.ts';
import { links, type Links } from './links.ts';
import { listenOn } from './listen.ts';
import { offerProtocol, offers, offerWire, type Offers } from './offer-protocol.ts';
import { dialKnown } from './dial-known.ts';
import { watchPulse } from './pulse.ts';
import { redial, type Redial } from './redial.ts';
import { loadSodium, type Ciphers } from './sodium.ts';
import { discoveryTagText } from './swarm-key.ts';

/** Round trips are read, and our own addresses compared, this often. */
const tickMs = 2000;
/** A tick this late means that the machine slept. */
const sleptMs = 10_000;

export type NetworkOptions = {
  /** As newIdentity makes it. */
  privateKey: Uint8Array;
  /** 32 bytes, as parseSwarmKey returns them. */
  swarmKey: Uint8Array;
  /** Multiaddrs to listen on, such as /ip4/0.0.0.0/tcp/4101. Port 0 takes any. */
  listen: string[];
  /** The person asked for this very port: fail with port-in-use rather than take the next one. */
  explicitPort?: boolean;
  version: string;
  /** Answers members' questions; fails with a Failure when this node does not lead. */
  serve: ServedChat;
  onEvent(event: NetworkEvent): void;
  /** What `remember` was told in earlier runs. */
  remembered: { peerId: PeerId; addresses: string[] }[];
  /** Where a peer can be dialled, multiaddrs without /p2p/; called when that changed. */
  remember(peerId: PeerId, addresses: string[]): void;
  /** Whether this peer may be in the swarm at all; default: everyone with the key. */
  authorise?: (peerId: PeerId) => boolean;
  /** null: nothing is announced or searched by mDNS. */
  discover: Discover | null;
  /** Also under libp2p's default tag, for Axon-Cluster nodes. */
  seedDiscovery?: boolean;
  /** wasm: as if sodium-native did not load. */
  ciphers?: Ciphers;
  clock: Clock;
  log: Log;
  random?: () => number;
};

/** The port, and what only this room's seed protocol offers. */
export type PeerNetwork = Network & {
  /** Asks a node that speaks /axon/inference/1.0.0. Whole answer at once, within 120 s. */
  askSeed(peerId: PeerId, prompt: string, model: string | undefined, signal: AbortSignal): Promise<string>;
  /** Open connections to that peer: one, or two while a large question is under way. For tests and figures. */
  connections(peerId: PeerId): number;
};

/** A running network's parts. */
type Running = {
  node: PeerNode;
  links: Links;
  offers: Offers;
  redial: Redial;
  asker: Asker;
  discovery: Discovery | null;
  stopTick: () => void;
};

/** Makes a network that start() brings up. Throws when the key or the identity has the wrong form. */
export function createNetwork(options: NetworkOptions): PeerNetwork {
  const { log, onEvent } = options;
  const privateKey = privateKeyOf(options.privateKey);
  const self = peerIdOf(options.privateKey);
  const ciphers: Ciphers = options.ciphers === 'wasm' || loadSodium() === null ? 'wasm' : 'native';
  const forgotten = new Set<PeerId>();
  let running: Running | undefined;
  let announced: Offer | undefined;
  let stopping = false;

  const now = (): Running => {
    if (running === undefined) throw new Failure('disconnected', 'The network is not running.');
    return running;
  };
  const addresses = (): string[] => running?.node.getMultiaddrs().map((address) => address.toString()) ?? [];

  const start = async (): Promise<void> => {
    const node = await listenOn({
      listen: options.listen,
      explicitPort: options.explicitPort === true,
      node: { privateKey, swarmKey: options.swarmKey, ciphers, authorise: options.authorise ?? (() => true), version: options.version },
      onTrouble: (failure) => onEvent({ kind: 'trouble', about: 'listen', failure }),
    });
    running = assemble(node, { options, self, forgotten, isStopping: () => stopping });
    if (announced !== undefined) running.offers.announce(announced);
    onEvent({ kind: 'listening', addresses: addresses() });
    log.info('listening', { peerId: self, addresses: addresses().join(' '), ciphers });
    for (const { peerId, addresses: known } of options.remembered) running.redial.found(peerId, known);
    await running.discovery?.start({ peerId: self, addresses });
  };

  const stop = async (): Promise<void> => {
    if (running === undefined) return;
    const parts = running;
    stopping = true;
    parts.stopTick();
    parts.redial.stop();
    await parts.discovery?.stop();
    await parts.offers.stop();
    await parts.node.stop();
    running = undefined;
    stopping = false;
  };

  return {
    peerId: self,
    ciphers,
    addresses,
    start,
    stop,
    announce(offer) {
      announced = offer;
      running?.offers.announce(offer);
    },
    dial: (address, signal) => dialTyped(now(), address, signal, forgotten),
    async forget(peerId) {
      forgotten.add(peerId);
      const { redial: loop, node } = now();
      loop.forget(peerId);
      await Promise.all(
        node
          .getConnections()
          .filter((connection) => connection.remotePeer.toString() === peerId)
          .map((connection) => connection.close()),
      );
    },
    ask: (peerId, request, signal) => askNow(now, peerId, request, signal),
    trustChanged: () => undefined,
    nudge: () => running?.redial.nudge(),
    askSeed: (peerId, prompt, model, signal) => now().asker.askSeed(peerId, prompt, model, signal),
    connections: (peerId) => running?.node.getConnections().filter((connection) => connection.remotePeer.toString() === peerId).length ?? 0,
  };
}

/** A generator, so that a network that does not run fails the reading and not the call. */
async function* askNow(now: () => Running, peerId: PeerId, request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk> {
  yield* now().asker.ask(peerId, request, signal);
}

type Context = { options: NetworkOptions; self: PeerId; forgotten: Set<PeerId>; isStopping: () => boolean };

/** Wires a started node. Nothing in here waits. */
function assemble(node: PeerNode, context: Context): Running {
  const { options, self, forgotten } = context;
  const { clock, log, onEvent } = options;
  const random = options.random ?? Math.random;
  const goodbyes = new Set<PeerId>();

  const loop = redial({ self, clock, random, dial: (peerId, known) => dialKnown(node, peerId, known, lines.confirmed, log) });
  const lines = links(self, clock, {
    first(connection) {
      const peerId = connection.remotePeer.toString();
      goodbyes.delete(peerId);
      learn(connection, []);
      loop.connected(peerId);
      discovery?.met?.(peerId);
      onEvent({ kind: 'connected', peerId, address: connection.remoteAddr.toString() });
      news.follow(peerId, () => lines.control(peerId));
    },
    second: (peerId) => news.follow(peerId, () => lines.control(peerId)),
    last(peerId) {
      news.unfollow(peerId);
      const why = goodbyes.delete(peerId) || forgotten.has(peerId) || context.isStopping() ? 'closed' : 'lost';
      onEvent({ kind: 'disconnected', peerId, why });
      loop.disconnected(peerId);
    },
  });
  const news = offers(
    {
      taken: (peerId, offer) => onEvent({ kind: 'offer', peerId, offer }),
      bye: (peerId) => void goodbyes.add(peerId),
      control: (connection) => lines.marked(connection),
    },
    clock,
    log,
    random,
  );

  /** Where that peer can be dialled: where we dialled it, and what it says itself. */
  const learn = (connection: Connection, listening: string[]): void => {
    const peerId = connection.remotePeer.toString();
    if (forgotten.has(peerId)) return;
    const own = connection.direction === 'outbound' ? [withoutPeerId(connection.remoteAddr.toString())] : [];
    // its loopback is ours: only true when it is on this host
    const near = isLoopback(connection.remoteAddr.toString());
    const usable = listening
      .map(withoutPeerId)
      .filter((address) => (near || !isLoopback(address)) && withPeerId(address, peerId) !== undefined);
    const before = loop.addresses(peerId);
    loop.found(peerId, [...new Set([...own, ...usable])]);
    const after = loop.addresses(peerId);
    if (after.length > 0 && after.join() !== before.join()) options.remember(peerId, after);
  };

  node.addEventListener('connection:open', ({ detail }) => {
    watchPulse(detail, clock);
    lines.opened(detail);
  });
  node.addEventListener('peer:identify', ({ detail }) => learn(detail.connection, detail.listenAddrs.map(String)));
  serveProtocols(node, options, news);

  const discovery = discoverPeers(options, (peerId, found) => {
    if (peerId === self || forgotten.has(peerId)) return;
    const before = loop.addresses(peerId);
    loop.found(peerId, found.map(withoutPeerId));
    if (loop.addresses(peerId).join() !== before.join()) onEvent({ kind: 'found', peerId, addresses: loop.addresses(peerId) });
  });
  discovery?.onInterfaces(() => loop.nudge());
  const stopTick = tick(node, lines, loop, options);
  return { node, links: lines, offers: news, redial: loop, asker: asker(node, lines, loop, clock), discovery, stopTick };
}

function serveProtocols(node: PeerNode, options: NetworkOptions, news: Offers): void {
  const serveChat = chatServer(options);
  const serveInference = inferenceServer(options);
  const handle = (protocol: string, streams: number, run: Parameters<PeerNode['handle']>[1]): void => {
    node.handle(protocol, run, { maxInboundStreams: streams, maxOutboundStreams: streams }).catch((error: unknown) => {
      options.log.error('a protocol could not be served', { protocol, error: String(error) });
    });
  };
  handle(chatProtocol, chatWire.streams, (stream, connection) => serveChat(stream, connection.remotePeer.toString()));
  handle(inferenceProtocol, inferenceWire.streams, (stream, connection) => serveInference(stream, connection.remotePeer.toString()));
  handle(offerProtocol, offerWire.streams, (stream, connection) => news.handle(stream, connection));
}

function discoverPeers(options: NetworkOptions, found: (peerId: PeerId, addresses: string[]) => void): Discovery | null {
  if (options.discover === null) return null;
  const discovery = options.discover({
    tags: options.seedDiscovery === true ? [axonTag, seedTag] : [axonTag],
    swarmTag: discoveryTagText(options.swarmKey),
    log: options.log,
    clock: options.clock,
    onTrouble: (failure) => options.onEvent({ kind: 'trouble', about: 'mdns', failure }),
  });
  discovery.onFound(found);
  discovery.onOtherSwarm((count) => options.onEvent({ kind: 'other-swarms', count }));
  return discovery;
}

/** Reports round trips and changed addresses; redials after sleep or a change of address. Returns the canceller. */
function tick(node: PeerNode, lines: Links, loop: Redial, options: NetworkOptions): () => void {
  const { clock, onEvent } = options;
  const told = new Map<PeerId, number>();
  let listening = node.getMultiaddrs().join(' ');
  let last = clock.date();
  let cancel: () => void = () => undefined;
  const run = (): void => {
    cancel = clock.after(tickMs, run);
    for (const peerId of lines.peers()) {
      const ms = lines.control(peerId)?.rtt;
      if (ms === undefined || told.get(peerId) === ms) continue;
      told.set(peerId, ms);
      onEvent({ kind: 'latency', peerId, ms });
    }
    const current = node.getMultiaddrs();
    const moved = current.join(' ') !== listening;
    if (moved) {
      listening = current.join(' ');
      onEvent({ kind: 'listening', addresses: current.map(String) });
    }
    if (moved || clock.date() - last > sleptMs) loop.nudge();
    last = clock.date();
  };
  cancel = clock.after(tickMs, run);
  return () => cancel();
}

/** The address that a person typed: dialled once, diagnosed, and kept in the redial loop when it worked. */
async function dialTyped(running: Running, text: string, signal: AbortSignal, forgotten: Set<PeerId>): Promise<PeerId> {
  signal.throwIfAborted();
  const address = parseAddress(text);
  const progress = dialProgress();
  try {
    const known = address.peerId === undefined ? undefined : running.links.control(address.peerId);
    const before = new Set(running.node.getConnections());
    const connection =
      known ??
      (await running.node.dial(address.multiaddr, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
        onProgress: progress.onProgress,
      }));
    if (!(await running.links.confirmed(connection))) throw new NotKept();
    const peerId = connection.remotePeer.toString();
    forgotten.delete(peerId);
    // without an id libp2p cannot know that we are connected already
    const kept = running.links.control(peerId);
    if (kept !== undefined && kept !== connection && before.has(kept)) running.links.closeWhenIdle(connection);
    running.redial.found(peerId, [withoutPeerId(address.multiaddr.toString())]);
    if (running.links.control(peerId) !== undefined) running.redial.connected(peerId);
    return peerId;
  } catch (error) {
    signal.throwIfAborted();
    throw await diagnose(address, error, progress);
  }
}
