// One try of the redial loop at a peer with several addresses, of which some may be dead or belong to somebody else. A member that does
// not understand our key may have slept while it changed, or we may have: then the older keys have their turn, for a rekey only.
import type { Connection } from '@libp2p/interface';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Log } from '../jobs/ports.ts';
import type { EpochKey, Trust } from '../membership/ports.ts';
import { parseAddress, withPeerId } from './address.ts';
import { dialProgress, tcpAccepts } from './diagnose.ts';
import type { PeerNode } from './libp2p-node.ts';
import type { DialOutcome } from './redial.ts';

/** After the first address accepted, the others get this long to do so too. */
const graceMs = 150;
const probeMs = 1500;
const dialMs = 4000;
/** Whoever throws us out does so at once; one that says nothing for so long is only silent. Less than links.ts waits for a ping. */
const silentMs = 1500;
/** Old keys tried at one peer; one is made for each removal. */
const oldKeys = 8;

export type KnownDial = {
  /** In the order in which they are tried; read anew after a rekey. */
  keys(): EpochKey[];
  /** Whether the other side keeps the connection. */
  confirmed(connection: Connection): Promise<boolean>;
  /** Whether both sides of a connection made with an old key know the same keys now; undefined: it was not made with one. */
  rekeyed(connection: Connection): Promise<boolean> | undefined;
  /** The other side threw us out after it knew who we are. */
  shutOut(): void;
  log: Log;
};

/** The keys to try at that peer: the current one, and the older ones at a member. */
export function keysToTry(trust: Trust, peerId: PeerId): EpochKey[] {
  const { current, retired } = trust.keyring();
  return trust.standing(peerId) === 'member' ? [current, ...retired.slice(0, oldKeys)] : [current];
}

/** Never rejects. */
export async function dialKnown(node: PeerNode, peerId: PeerId, addresses: string[], dial: KnownDial): Promise<DialOutcome> {
  try {
    const usable = addresses.length > 1 ? await accepting(addresses) : addresses;
    const targets = usable.flatMap((address) => withPeerId(address, peerId) ?? []);
    if (targets.length === 0) return 'unreachable';
    const once = (key: EpochKey): Promise<Tried> => tryKey(key, dial, (options) => node.dial(targets, options));
    let tried = await firstUnderstood(dial.keys(), once);
    const [current] = dial.keys();
    if (tried.kind === 'rekeyed' && current !== undefined) tried = await once(current);
    if (tried.kind === 'shut-out') dial.shutOut();
    return tried.kind === 'connected' ? 'connected' : tried.kind === 'unreachable' ? 'unreachable' : 'refused';
  } catch (error) {
    dial.log.debug('a redial failed', { peer: peerId, error: error instanceof Error ? error.name : 'unknown' });
    return 'unreachable';
  }
}

export type Tried =
  | { kind: 'connected' | 'rekeyed' | 'silent'; connection: Connection }
  /** It broke off when we had proven who we are. */
  | { kind: 'shut-out'; connection: Connection | undefined }
  /** TCP was accepted, and what followed made no sense to one of the two. */
  | { kind: 'not-understood' | 'unreachable'; error: unknown };

export async function firstUnderstood(keys: EpochKey[], once: (key: EpochKey) => Promise<Tried>): Promise<Tried> {
  let tried: Tried = { kind: 'unreachable', error: new Error('no key to dial with') };
  for (const key of keys) {
    tried = await once(key);
    if (tried.kind !== 'not-understood') return tried;
  }
  return tried;
}

type DialOptions = { signal: AbortSignal; onProgress: (event: { type: string }) => void };

/** One dial with one key. Never rejects. */
export async function tryKey(
  key: EpochKey,
  { confirmed, rekeyed, log }: Omit<KnownDial, 'keys' | 'shutOut'>,
  dial: (options: DialOptions) => Promise<Connection>,
): Promise<Tried> {
  const progress = dialProgress(key);
  try {
    const connection = await dial({ signal: AbortSignal.timeout(dialMs), onProgress: progress.onProgress });
    const openedAt = performance.now();
    const rekey = rekeyed(connection);
    const good = await (rekey ?? confirmed(connection));
    if (good) return { kind: rekey === undefined ? 'connected' : 'rekeyed', connection };
    return { kind: performance.now() - openedAt < silentMs ? 'shut-out' : 'silent', connection };
  } catch (error) {
    log.debug('a dial failed', { error: error instanceof Error ? error.name : 'unknown', accepted: progress.accepted });
    if (progress.secured) return { kind: 'shut-out', connection: undefined };
    // our own gate knows that peer: no other key makes it another one
    const barred = error instanceof Error && /gater\.deny/.test(error.message);
    return { kind: progress.accepted && !barred ? 'not-understood' : 'unreachable', error };
  }
}

/** libp2p dials one address after the other, two seconds each; asking all at once finds the living ones first. */
async function accepting(addresses: string[]): Promise<string[]> {
  const living: string[] = [];
  let graceOver: () => void = () => undefined;
  const grace = new Promise<void>((resolve) => {
    graceOver = resolve;
  });
  const probes = addresses.map(async (text) => {
    const { host, port } = parseAddress(text);
    if (!(await tcpAccepts(host, port, probeMs))) return;
    living.push(text);
    setTimeout(graceOver, graceMs);
  });
  await Promise.race([Promise.allSettled(probes), grace]);
  return living;
}
