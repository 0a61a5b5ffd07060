// What changes without an event of libp2p's: round trips, our own addresses, and that the machine slept.
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock } from '../jobs/ports.ts';
import type { NetworkEvent } from '../swarm/ports.ts';
import type { PeerNode } from './libp2p-node.ts';
import type { Links } from './links.ts';
import type { Redial } from './redial.ts';

/** Round trips are read, and our own addresses compared, this often. */
const tickMs = 2000;
/** A tick this late means that the machine slept. */
const sleptMs = 10_000;

type Parts = { node: PeerNode; lines: Links; loop: Redial; isMember(peerId: PeerId): boolean };
type Options = { clock: Clock; onEvent(event: NetworkEvent): void };

/** Reports round trips and changed addresses; redials after sleep or a change of address. Returns the canceller. */
export function watchLinks({ node, lines, loop, isMember }: Parts, { clock, onEvent }: Options): () => void {
  const told = new Map<PeerId, string>();
  let listening = node.getMultiaddrs().join(' ');
  let last = clock.date();
  let cancel: () => void = () => undefined;
  const run = (): void => {
    cancel = clock.after(tickMs, run);
    for (const peerId of lines.peers()) {
      const control = lines.control(peerId);
      const ms = control?.rtt;
      if (control === undefined || ms === undefined || !isMember(peerId)) continue;
      const address = control.remoteAddr.toString();
      if (told.get(peerId) === `${ms} ${address}`) continue;
      told.set(peerId, `${ms} ${address}`);
      onEvent({ kind: 'latency', peerId, ms, address });
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
