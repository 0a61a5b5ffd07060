// The address that a person typed: dialled once, with every key that may fit, diagnosed, and kept in the redial loop when it worked.
import type { Connection } from '@libp2p/interface';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Log } from '../jobs/ports.ts';
import type { EpochKey, Trust } from '../membership/ports.ts';
import type { NetworkEvent } from '../swarm/ports.ts';
import { parseAddress, withoutPeerId, type DialAddress } from './address.ts';
import type { Circle } from './circle.ts';
import { firstUnderstood, tryKey, type Tried } from './dial-known.ts';
import { diagnose, dialProgress, NotKept, type OwnStanding } from './diagnose.ts';
import type { PeerNode } from './libp2p-node.ts';
import type { Links } from './links.ts';
import type { Redial } from './redial.ts';

/** More old keys are not tried at an address that may be anybody's. */
const oldKeys = 4;

/** For the rosters to be compared, before the caller is told that the dial succeeded. */
const readyMs = 2000;

export type TypedDial = {
  node: PeerNode;
  links: Links;
  redial: Redial;
  circle: Circle;
  forgotten: Set<PeerId>;
  trust: Trust;
  self: PeerId;
  onEvent(event: NetworkEvent): void;
  log: Log;
};

/** Returns who is there. Fails with bad-address, not-reachable, not-let-in, pending or revoked. */
export async function dialTyped(dial: TypedDial, text: string, signal: AbortSignal): Promise<PeerId> {
  signal.throwIfAborted();
  const { node, links, redial, circle, forgotten, trust } = dial;
  const address = parseAddress(text);
  const known = address.peerId === undefined ? undefined : links.control(address.peerId);
  const before = new Set(node.getConnections());
  const tried = known === undefined ? await tryKeys(dial, address, signal) : ({ kind: 'connected', connection: known } as const);
  signal.throwIfAborted();
  if (tried.kind !== 'connected') throw await failed(dial, address, tried);
  const { connection } = tried;
  const peerId = connection.remotePeer.toString();
  forgotten.delete(peerId);
  // without an id libp2p cannot know that we are connected already
  const kept = links.control(peerId);
  if (kept !== undefined && kept !== connection && before.has(kept)) links.closeWhenIdle(connection);
  redial.found(peerId, [withoutPeerId(address.multiaddr.toString())]);
  if (links.control(peerId) !== undefined) redial.connected(peerId);
  // whoever dials a member wants to use it; a stranger stays one until somebody lets it in
  if (trust.standing(peerId) === 'member')
    await circle.whenReady(connection, AbortSignal.any([signal, AbortSignal.timeout(readyMs)])).catch(() => signal.throwIfAborted());
  return peerId;
}

async function tryKeys({ node, links, circle, trust, log }: TypedDial, address: DialAddress, signal: AbortSignal): Promise<Tried> {
  const { current, retired } = trust.keyring();
  const once = (key: EpochKey): Promise<Tried> =>
    tryKey(key, { confirmed: links.confirmed, rekeyed: circle.rekeyed, log }, (options) =>
      node.dial(address.multiaddr, { ...options, signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) }),
    );
  const tried = await firstUnderstood([current, ...retired.slice(0, oldKeys)], async (key) => {
    signal.throwIfAborted();
    return once(key);
  });
  return tried.kind === 'rekeyed' ? once(trust.keyring().current) : tried;
}

async function failed({ trust, self, onEvent }: TypedDial, address: DialAddress, tried: Tried): Promise<Error> {
  if ('error' in tried) {
    const accepted = tried.kind === 'not-understood';
    return diagnose(address, tried.error, { accepted, guarded: accepted, secured: false });
  }
  const peerId = tried.connection?.remotePeer.toString() ?? address.peerId;
  const out = tried.kind === 'shut-out';
  if (peerId !== undefined && out) onEvent({ kind: 'shut-out', peerId });
  return diagnose(address, new NotKept(), dialProgress(), out ? standingOf(trust, self, tried.connection) : 'unknown');
}

function standingOf(trust: Trust, self: PeerId, connection: Connection | undefined): OwnStanding {
  if (trust.digest().swarm !== null && trust.standing(self) === 'member') return 'member';
  return connection !== undefined && trust.application(connection.remotePeer.toString()) !== null ? 'pending' : 'unknown';
}
