// One try of the redial loop at a peer with several addresses, of which some may be dead or belong to somebody else.
import type { Connection } from '@libp2p/interface';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Log } from '../jobs/ports.ts';
import { parseAddress, withPeerId } from './address.ts';
import { dialProgress, tcpAccepts } from './diagnose.ts';
import type { PeerNode } from './libp2p-node.ts';
import type { DialOutcome } from './redial.ts';

/** After the first address accepted, the others get this long to do so too. */
const graceMs = 150;
const probeMs = 1500;
const dialMs = 4000;

/** Never rejects. `confirmed`: whether the other side keeps the connection. */
export async function dialKnown(
  node: PeerNode,
  peerId: PeerId,
  addresses: string[],
  confirmed: (connection: Connection) => Promise<boolean>,
  log: Log,
): Promise<DialOutcome> {
  const progress = dialProgress();
  try {
    const usable = addresses.length > 1 ? await accepting(addresses) : addresses;
    const targets = usable.flatMap((address) => withPeerId(address, peerId) ?? []);
    if (targets.length === 0) return 'unreachable';
    const connection = await node.dial(targets, { signal: AbortSignal.timeout(dialMs), onProgress: progress.onProgress });
    return (await confirmed(connection)) ? 'connected' : 'refused';
  } catch (error) {
    log.debug('a redial failed', { peer: peerId, error: error instanceof Error ? error.name : 'unknown', accepted: progress.accepted });
    return progress.accepted ? 'refused' : 'unreachable';
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
