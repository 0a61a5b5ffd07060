// What a machine without a key hears of others that add a device. It asks, and announces nothing. Nobody proved anything: whoever is nearby
// can announce any name. So what is shown is bounded and changes at most every second, and a code is still compared and words still are.
import { maxNearbyDoors, type NearbyDoor } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { axonTag, type Discover } from './discovery.ts';

export const nearby = {
  /** As long as an announcement holds (RFC 6762, section 10) and a code does: then it was said again, or nobody is there. */
  forgetMs: 120_000,
  lookMs: 1000,
} as const;

type Listening = { discover: Discover; clock: Clock; log: Log };

/** Starts to listen; returns what ends it. addresses: multiaddrs without /p2p/, none when that machine adds no device any more. */
export async function listenForDoors(
  { discover, clock, log }: Listening,
  found: (peerId: PeerId, addresses: string[], name: string) => void,
): Promise<() => Promise<void>> {
  const swarmTags = () => ({ announced: null, ours: [] });
  const discovery = discover({ tags: [axonTag], swarmTags, isKnown: () => false, clock, log, onTrouble: () => undefined });
  discovery.onPairing(found);
  // without a name of its own: it has nothing to say
  await discovery.start({ peerId: '', addresses: () => [] });
  return async () => discovery.stop();
}

/**
 * The machines nearby that add a device, the whole list again when it changed, at most once a second; the first item at once.
 * Ends with the signal. @param discover null: there is no mDNS, and the list stays empty
 */
export async function* nearbyDoors({
  discover,
  signal,
  ...listening
}: Omit<Listening, 'discover'> & { discover: Discover | null; signal: AbortSignal }): AsyncGenerator<NearbyDoor[]> {
  const { clock } = listening;
  const doors = new Map<PeerId, NearbyDoor & { heardAt: number }>();
  const heard = (peerId: PeerId, [address]: string[], name: string): void => {
    if (address === undefined) return void doors.delete(peerId);
    if (!doors.has(peerId) && doors.size >= maxNearbyDoors) return;
    const host = /^\/ip[46]\/([^/]+)/.exec(address)?.[1] ?? '';
    doors.set(peerId, { peerId, name, host, address: `${address}/p2p/${peerId}`, heardAt: clock.now() });
  };
  const list = (): NearbyDoor[] => {
    for (const [peerId, { heardAt }] of doors) if (clock.now() - heardAt > nearby.forgetMs) doors.delete(peerId);
    return [...doors.values()].map(({ heardAt: _, ...door }) => door);
  };
  const stop = discover === null ? null : await listenForDoors({ discover, ...listening }, heard);
  try {
    let told: string | undefined;
    while (!signal.aborted) {
      const now = list();
      const text = JSON.stringify(now);
      if (text !== told) yield now;
      told = text;
      await moment(clock, nearby.lookMs, signal);
    }
  } finally {
    await stop?.();
  }
}

function moment(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.after(ms, over);
    signal.addEventListener('abort', over);
    if (signal.aborted) over();
  });
}
