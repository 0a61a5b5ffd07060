// Puts the room together: the port Network of swarm/ports.ts on libp2p.
import type { Connection } from '@libp2p/interface';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Offer, PeerId } from '../../src-shared/peer.ts';
import { heldAnswers, type HeldAnswers } from '../jobs/held-answers.ts';
import type { Clock, Log, ServedChat, ServedModels } from '../jobs/ports.ts';
import type { Trust } from '../membership/ports.ts';
import type { Network, NetworkEvent } from '../swarm/ports.ts';
import { addressBook } from './address-book.ts';
import { withoutPeerId } from './address.ts';
import { asker, type Asker } from './asker.ts';
import { chatProtocol, chatServer, chatWire } from './chat-protocol.ts';
import { circle, type Circle } from './circle.ts';
import { dialKnown, keysToTry } from './dial-known.ts';
import { dialTyped } from './dial-typed.ts';
import { discoverPeers, ringOf } from './discover-peers.ts';
import type { AnnouncedDoor, Discover, Discovery } from './discovery.ts';
import { privateKeyOf, peerIdOf } from './identity.ts';
import { inferenceProtocol, inferenceServer, inferenceWire } from './inference-protocol.ts';
import type { PeerGate, PeerNode } from './libp2p-node.ts';
import { links, type Links } from './links.ts';
import { listenOn } from './listen.ts';
import { offerProtocol, offers, offerWire, type Offers } from './offer-protocol.ts';
import { joinHost, joinProtocol, joinWire } from './join-host.ts';
import { joining, type Joiner } from './joining.ts';
import { modelsProtocol, modelsServer, modelsWire } from './models-protocol.ts';
import { ringProtector, type RingProtector } from './protector.ts';
import { pulses } from './pulse.ts';
import { redial, type Redial } from './redial.ts';
import { rekeyProtocol, rosterProtocol, rosterWire } from './roster-protocol.ts';
import { loadSodium, type Ciphers } from './sodium.ts';
import { watchLinks } from './watch-links.ts';

export type NetworkOptions = {
  /** As newIdentity makes it. */
  privateKey: Uint8Array;
  /** Who is a member, which keys there are, what others are told: asked anew for every connection and stream. */
  trust: Trust;
  /** Multiaddrs to listen on, such as /ip4/0.0.0.0/tcp/4101. Port 0 takes any. */
  listen: string[];
  /** The person asked for this very port: fail with port-in-use rather than take the next one. */
  explicitPort?: boolean;
  version: string;
  /** Answers members' questions; fails with a Failure when this node does not lead. */
  serve: ServedChat;
  /** What members ask of this machine's models; left out: it does not speak of them. */
  models?: ServedModels;
  onEvent(event: NetworkEvent): void;
  /** What `remember` was told in earlier runs. */
  remembered: { peerId: PeerId; addresses: string[] }[];
  /** Where a peer can be dialled, multiaddrs without /p2p/; called when that changed. */
  remember(peerId: PeerId, addresses: string[]): void;
  /** null: nothing is announced or searched by mDNS. */
  discover: Discover | null;
  /** Also under libp2p's default tag, for Axon-Cluster nodes. */
  seedDiscovery?: boolean;
  /** wasm: as if sodium-native did not load. */
  ciphers?: Ciphers;
  clock: Clock;
  log: Log;
  random?: () => number;
  /** How long an answer is kept for an asker that lost the link, ms; default heldLimits.graceMs */
  graceMs?: number;
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
  circle: Circle;
  joining: Joiner;
  held: HeldAnswers;
  trustChanged: () => void;
  stopTick: () => void;
};

/** Makes a network that start() brings up. Throws when the identity has the wrong form. */
export function createNetwork(options: NetworkOptions): PeerNetwork {
  const { log, onEvent } = options;
  const privateKey = privateKeyOf(options.privateKey);
  const self = peerIdOf(options.privateKey);
  const ciphers: Ciphers = options.ciphers === 'wasm' || loadSodium() === null ? 'wasm' : 'native';
  const forgotten = new Set<PeerId>();
  let running: Running | undefined;
  let announced: Offer | undefined;
  let pairingDoor: AnnouncedDoor | null = null;
  let stopping = false;

  const now = (): Running => {
    if (running === undefined) throw new Failure('disconnected', 'The network is not running.');
    return running;
  };
  const addresses = (): string[] => running?.node.getMultiaddrs().map((address) => address.toString()) ?? [];

  const start = async (): Promise<void> => {
    const ring = ringProtector(() => options.trust.keyring(), ciphers);
    // whoever comes in while libp2p is still starting waits at the door
    const assembled = Promise.withResolvers<Circle>();
    const gate: PeerGate = {
      denies: async (peerId, transport) => (await assembled.promise).denies(peerId, transport),
      admits: (protocol, stream, connection) => running?.circle.admits(protocol, stream, connection) ?? false,
    };
    const node = await listenOn({
      listen: options.listen,
      explicitPort: options.explicitPort === true,
      node: { privateKey, protector: ring.protector, ciphers, gate, version: options.version },
      onTrouble: (failure) => onEvent({ kind: 'trouble', about: 'listen', failure }),
    });
    running = assemble(node, { options, self, forgotten, keyOf: ring.keyOf, isStopping: () => stopping });
    assembled.resolve(running.circle);
    running.discovery?.setPairing(pairingDoor);
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
    // told before the goodbye: nobody need wait for these to come back
    parts.asker.stop();
    parts.held.close(new Failure('leader-lost', 'The leader was stopped.'));
    parts.stopTick();
    parts.redial.stop();
    parts.joining.stop();
    parts.circle.stop();
    await parts.discovery?.stop();
    // also to members that are only about to be compared with
    const met = parts.links.peers().filter((peerId) => options.trust.standing(peerId) === 'member');
    await parts.offers.stop(met.flatMap((peerId) => parts.links.control(peerId) ?? []));
    await parts.node.stop();
    parts.held.keep(() => false);
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
    dial: (address, signal) => dialTyped({ ...now(), forgotten, trust: options.trust, self, onEvent, log }, address, signal),
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
    trustChanged: () => running?.trustChanged(),
    announcePairing(door) {
      pairingDoor = door;
      running?.discovery?.setPairing(door);
    },
    nudge: () => running?.redial.nudge(),
    models: async (peerId, wish, signal) => now().asker.models(peerId, wish, signal),
    askSeed: (peerId, prompt, model, signal) => now().asker.askSeed(peerId, prompt, model, signal),
    connections: (peerId) => running?.node.getConnections().filter((connection) => connection.remotePeer.toString() === peerId).length ?? 0,
  };
}

/** A generator, so that a network that does not run fails the reading and not the call. */
async function* askNow(now: () => Running, peerId: PeerId, request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk> {
  yield* now().asker.ask(peerId, request, signal);
}

type Context = {
  options: NetworkOptions;
  self: PeerId;
  forgotten: Set<PeerId>;
  keyOf: RingProtector['keyOf'];
  isStopping: () => boolean;
};

/** Wires a started node. Nothing in here waits. */
function assemble(node: PeerNode, context: Context): Running {
  const { options, self, forgotten, keyOf } = context;
  const { clock, log, onEvent, trust } = options;
  const random = options.random ?? Math.random;
  const goodbyes = new Set<PeerId>();
  const members = new Set<PeerId>();

  const loop = redial({
    self,
    clock,
    random,
    async dial(peerId, known) {
      const standing = trust.standing(peerId);
      if (standing === 'revoked' || (standing === 'pending' && !inside.hasRoom())) return 'refused';
      return dialKnown(node, peerId, known, {
        keys: () => keysToTry(trust, peerId),
        confirmed: lines.confirmed,
        rekeyed: inside.rekeyed,
        shutOut: () => onEvent({ kind: 'shut-out', peerId }),
        log,
      });
    },
  });
  const lines = links(self, clock, {
    first(connection) {
      const peerId = connection.remotePeer.toString();
      goodbyes.delete(peerId);
      book.learn(connection, []);
      loop.connected(peerId);
      join.look(peerId);
    },
    kept: (connection) => inside.kept(connection),
    second: (peerId) => follow(peerId),
    last(peerId) {
      left(peerId);
      // a thief may come with a new identity each time
      if (trust.standing(peerId) !== 'member' && loop.addresses(peerId).length === 0) loop.forget(peerId);
      else loop.disconnected(peerId);
    },
  });
  const follow = (peerId: PeerId): void => {
    if (members.has(peerId)) news.follow(peerId, () => readyOne(lines.control(peerId), inside));
  };
  const left = (peerId: PeerId): void => {
    if (!members.delete(peerId)) return;
    news.unfollow(peerId);
    const why = goodbyes.delete(peerId) || forgotten.has(peerId) || context.isStopping() ? 'closed' : 'lost';
    onEvent({ kind: 'disconnected', peerId, why });
  };
  const join = joining({ self, trust, over: (peerId) => lines.control(peerId), clock, log });
  const inside = circle({
    trust,
    keyOf,
    ready(connection) {
      const peerId = connection.remotePeer.toString();
      book.learn(connection, []);
      if (!members.has(peerId)) {
        members.add(peerId);
        discovery?.met?.(peerId);
        onEvent({ kind: 'connected', peerId, address: connection.remoteAddr.toString() });
      }
      if (lines.control(peerId) === connection) follow(peerId);
      // an Axon-Cluster node has no identify; where it is we know from dialling
      node.services.identify.identify(connection).catch(() => undefined);
    },
    left,
    introduce: (connection) => join.introduce(connection),
    clock,
    log,
  });
  const news = offers(
    {
      taken: (peerId, offer) => onEvent({ kind: 'offer', peerId, offer }),
      confirmed: (peerId) => onEvent({ kind: 'offer-confirmed', peerId }),
      unsupported: (peerId) => onEvent({ kind: 'too-old', peerId }),
      bye: (peerId) => void goodbyes.add(peerId),
      control: (connection) => lines.marked(connection),
    },
    clock,
    log,
    random,
  );
  const book = addressBook(loop, forgotten, options);

  const watchPulse = pulses(clock, news.linksOf);
  node.addEventListener('connection:open', ({ detail }) => {
    watchPulse(detail);
    if (inside.opened(detail)) lines.opened(detail);
  });
  node.addEventListener('connection:close', ({ detail }) => {
    // libp2p notes everybody that it ever met
    if (trust.standing(detail.remotePeer.toString()) !== 'member') node.peerStore.delete(detail.remotePeer).catch(() => undefined);
  });
  node.addEventListener('peer:identify', ({ detail }) => book.learn(detail.connection, detail.listenAddrs.map(String)));
  const host = joinHost({
    self,
    trust,
    addressesOf: (peerId) => (members.has(peerId) ? loop.addresses(peerId) : []),
    introduced,
    clock,
    log,
  });
  const held = heldAnswers(options);
  serveProtocols(node, options, { news, host, inside, held });

  const discovery = discoverPeers(options, {
    isKnown: book.isKnown,
    found(peerId, found) {
      if (peerId === self || forgotten.has(peerId)) return;
      const before = loop.addresses(peerId);
      loop.found(peerId, found.map(withoutPeerId));
      if (loop.addresses(peerId).join() !== before.join()) onEvent({ kind: 'found', peerId, addresses: loop.addresses(peerId) });
    },
  });
  discovery?.onInterfaces(() => loop.nudge());

  let key = ringOf(trust)?.current.key;
  function trustChanged(): void {
    held.keep((peerId) => trust.standing(peerId) === 'member');
    inside.changed();
    for (const peerId of lines.peers()) join.look(peerId);
    const now = ringOf(trust)?.current.key;
    if (now === key) return;
    key = now;
    discovery?.changed();
    loop.nudge();
  }
  function introduced(): void {
    inside.changed();
  }
  const stopTick = watchLinks({ node, lines, loop, isMember: (peerId) => members.has(peerId) }, options);
  const asks = asker({ node, lines, loop, inside, trust, clock });
  return {
    node,
    links: lines,
    offers: news,
    redial: loop,
    asker: asks,
    discovery,
    circle: inside,
    joining: join,
    held,
    trustChanged,
    stopTick,
  };
}

function readyOne(connection: Connection | undefined, inside: Circle): Connection | undefined {
  return connection !== undefined && inside.isReady(connection) ? connection : undefined;
}

type Served = { news: Offers; host: ReturnType<typeof joinHost>; inside: Circle; held: HeldAnswers };

function serveProtocols(node: PeerNode, options: NetworkOptions, { news, host, inside, held }: Served): void {
  const serveChat = chatServer({ held, clock: options.clock, log: options.log });
  const serveInference = inferenceServer(options);
  const handle = (protocol: string, streams: number, run: Parameters<PeerNode['handle']>[1]): void => {
    node.handle(protocol, run, { maxInboundStreams: streams, maxOutboundStreams: streams }).catch((error: unknown) => {
      options.log.error('a protocol could not be served', { protocol, error: String(error) });
    });
  };
  handle(chatProtocol, chatWire.streams, (stream, connection) => serveChat(stream, connection.remotePeer.toString()));
  handle(inferenceProtocol, inferenceWire.streams, (stream, connection) => serveInference(stream, connection.remotePeer.toString()));
  if (options.models !== undefined) {
    const serveModels = modelsServer({ ...options, serve: options.models });
    handle(modelsProtocol, modelsWire.streams, (stream, connection) => serveModels(stream, connection.remotePeer.toString()));
  }
  handle(offerProtocol, offerWire.streams, (stream, connection) => news.handle(stream, connection));
  handle(joinProtocol, joinWire.streams, host);
  for (const protocol of [rosterProtocol, rekeyProtocol])
    handle(protocol, rosterWire.streams, (stream, connection) => inside.serve(stream, connection));
}
