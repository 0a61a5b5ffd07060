// One libp2p node with exactly tcp + protector + noise + yamux + identify + ping. Its limits are reliability.md's and libp2p.md's.
import { noise } from '@chainsafe/libp2p-noise';
import { identify, type Identify } from '@libp2p/identify';
import type {
  Connection,
  ConnectionGater,
  Libp2p,
  Logger,
  MultiaddrConnection,
  PrivateKey,
  Stream,
  StreamHandler,
} from '@libp2p/interface';
import { ping, type Ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import type { PeerId } from '../../src-shared/peer.ts';
import { sodiumNoiseCrypto } from './noise-crypto.ts';
import { protectorTag, type Protector } from './protector.ts';
import { loadSodium, type Ciphers } from './sodium.ts';

export type PeerNode = Libp2p<{ identify: Identify; ping: Ping }>;

export const nodeLimits = {
  connections: 512,
  /** From one peer. A pair needs one, a second one while both dial or a large question is under way. */
  connectionsPerPeer: 8,
  /** Upgrades under way: all, and from one address. Strangers come no further than an upgrade. */
  pendingUpgrades: 256,
  pendingUpgradesPerAddress: 8,
  upgradeMs: 3000,
  /** How long a peer may keep one ping stream: it asks over it again and again (pulse.ts). */
  pingStreamMs: 10 * 60_000,
  dialMs: 5000,
  dialAddressMs: 2000,
  /** Window of one stream. More lets a bulk transfer delay everything else on its connection by seconds. */
  windowBytes: 1024 * 1024,
  /** What may lie unread: a full window and what was under way when reading paused. */
  readBufferBytes: 4 * 1024 * 1024,
  streams: 512,
} as const;

export type PeerGate = {
  denies(peerId: PeerId, transport: object): boolean | Promise<boolean>;
  admits(protocol: string, stream: Stream, connection: Connection): boolean | Promise<boolean>;
};

export type PeerNodeOptions = {
  privateKey: PrivateKey;
  /** Must be what protector() returns: nothing else starts. */
  protector: (() => Protector) | undefined;
  ciphers: Ciphers;
  /** Multiaddrs; empty: dials only. */
  listen: string[];
  /** Decides about every connection once Noise has proven who is there, and about every stream before its handler is called. */
  gate: PeerGate;
  version: string;
};

/**
 * Makes and starts the node. Throws without the protector, since libp2p itself starts without one whatever its settings say.
 * Fails with libp2p's UnsupportedListenAddressesError when no address can be listened on.
 */
export async function startPeerNode(options: PeerNodeOptions): Promise<PeerNode> {
  if (options.protector === undefined) throw new Error('refusing to start without the protector of the swarm key');
  const sodium = options.ciphers === 'native' ? loadSodium() : null;
  const node: PeerNode = await createLibp2p({
    start: false,
    logger: { forComponent: () => mute },
    privateKey: options.privateKey,
    nodeInfo: { name: 'axon', version: options.version, userAgent: `axon/${options.version}` },
    addresses: { listen: options.listen, announceFilter: withoutLoopback },
    transports: [tcp({ inboundSocketInactivityTimeout: 300_000, outboundSocketInactivityTimeout: 300_000, backlog: 256 })],
    connectionProtector: options.protector,
    connectionEncrypters: [sodium === null ? noise() : noise({ crypto: sodiumNoiseCrypto(sodium) })],
    streamMuxers: [
      yamux({
        // pulse.ts asks, and knows how often
        enableKeepAlive: false,
        maxInboundStreams: nodeLimits.streams,
        maxOutboundStreams: nodeLimits.streams,
        streamOptions: { maxStreamWindowSize: nodeLimits.windowBytes, maxReadBufferLength: nodeLimits.readBufferBytes },
      }),
    ],
    connectionManager: {
      maxConnections: nodeLimits.connections,
      maxParallelDials: 32,
      maxDialQueueLength: 500,
      dialTimeout: nodeLimits.dialMs,
      addressDialTimeout: nodeLimits.dialAddressMs,
      inboundUpgradeTimeout: nodeLimits.upgradeMs,
      maxIncomingPendingConnections: nodeLimits.pendingUpgrades,
      // many devices may share one address; the gater below counts what matters, upgrades under way
      inboundConnectionThreshold: 10_000,
      // our redial loop does this, and never gives up
      reconnectRetries: 0,
    },
    // pulse.ts does this
    connectionMonitor: { enabled: false },
    connectionGater: gater(options.gate),
    // we ask who a peer is once it is a member; network.ts does
    services: {
      identify: identify({ runOnConnectionOpen: false }),
      ping: ping({ maxInboundStreams: 8, maxOutboundStreams: 8, timeout: nodeLimits.pingStreamMs }),
    },
  });
  assertProtected(node);
  const assertGuarded = guardHandlers(node, options.gate);
  await node.start();
  assertGuarded();
  return node;
}

/** libp2p's own makes several loggers for each connection and stream, which is felt when hundreds join; nobody reads them here. */
const nothing = (): void => undefined;
const mute: Logger = Object.assign(nothing, { enabled: false, error: nothing, trace: nothing, newScope: () => mute });

/** Looks at the node itself, not at what was asked of it. */
function assertProtected(node: PeerNode): void {
  const { components } = node as unknown as { components: { connectionProtector?: { [Symbol.toStringTag]?: string } } };
  if (components.connectionProtector?.[Symbol.toStringTag] !== protectorTag)
    throw new Error('refusing to start: libp2p did not take the protector');
}

type Registrar = {
  handle(protocol: string, handler: StreamHandler, options?: object): Promise<void>;
  getProtocols(): string[];
  getHandler(protocol: string): { handler: StreamHandler };
};

/**
 * Puts the gate before every handler, also those of libp2p's own services, which register themselves at start. Not as libp2p's
 * middleware: 3.3 appends each stream's handler to the protocol's one list of it. Returns a check that none slipped by.
 */
function guardHandlers(node: PeerNode, gate: PeerGate): () => void {
  const { registrar } = (node as unknown as { components: { registrar: Registrar } }).components;
  const guarded = new WeakSet<StreamHandler>();
  const register = registrar.handle.bind(registrar);
  registrar.handle = (protocol, handler, options) => {
    const refuse = (stream: Stream): void => stream.abort(new Error('not for this device'));
    const guard: StreamHandler = (stream, connection) => {
      const admitted = gate.admits(protocol, stream, connection);
      if (admitted === true) return handler(stream, connection);
      if (admitted === false) return refuse(stream);
      return admitted.then((late) => (late ? handler(stream, connection) : refuse(stream)));
    };
    guarded.add(guard);
    return register(protocol, guard, options);
  };
  return () => {
    if (!registrar.getProtocols().every((protocol) => guarded.has(registrar.getHandler(protocol).handler)))
      throw new Error('refusing to run: libp2p serves a protocol that the gate does not see');
  };
}

function withoutLoopback(addresses: Multiaddr[]): Multiaddr[] {
  const far = addresses.filter((address) => !isLoopback(address.toString()));
  // a node that listens on loopback only is for this host: a test, or two profiles on one machine
  return far.length > 0 ? far : addresses;
}

export function isLoopback(address: string): boolean {
  return address.startsWith('/ip4/127.') || address.startsWith('/ip6/::1/');
}

function gater(gate: PeerGate): ConnectionGater {
  const pending = new Map<string, number>();
  const open = new Map<string, number>();
  const counted = new WeakMap<MultiaddrConnection, string>();
  const release = (connection: MultiaddrConnection): void => {
    const address = counted.get(connection);
    if (address === undefined) return;
    counted.delete(connection);
    const left = (pending.get(address) ?? 1) - 1;
    if (left > 0) pending.set(address, left);
    else pending.delete(address);
  };
  return {
    denyInboundConnection(connection) {
      const address = hostOf(connection.remoteAddr.toString());
      const count = pending.get(address) ?? 0;
      // one that is gone already will never say so again
      if (connection.status !== 'open') return true;
      if (count >= nodeLimits.pendingUpgradesPerAddress) return true;
      pending.set(address, count + 1);
      counted.set(connection, address);
      connection.addEventListener('close', () => release(connection));
      return false;
    },
    denyInboundEncryptedConnection: (peerId, transport) => gate.denies(peerId.toString(), transport),
    denyOutboundEncryptedConnection: (peerId, transport) => gate.denies(peerId.toString(), transport),
    denyInboundUpgradedConnection(peerId, connection) {
      release(connection);
      // or one member could take the places of all
      const from = peerId.toString();
      const count = open.get(from) ?? 0;
      if (count >= nodeLimits.connectionsPerPeer || connection.status !== 'open') return true;
      open.set(from, count + 1);
      connection.addEventListener('close', () => {
        const left = (open.get(from) ?? 1) - 1;
        if (left > 0) open.set(from, left);
        else open.delete(from);
      });
      return false;
    },
  };
}

/** "/ip4/10.0.0.7" of "/ip4/10.0.0.7/tcp/4101" */
function hostOf(address: string): string {
  return address.split('/').slice(0, 3).join('/');
}
