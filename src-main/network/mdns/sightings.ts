// What was heard by mDNS lately, in bounds: anyone on the network can announce thousands of peers.
// Pure but for the injected clock.
import { dropOldest } from '../../../src-shared/drop-oldest.ts';
import type { PeerId } from '../../../src-shared/peer.ts';
import type { Clock } from '../../jobs/ports.ts';
import { packetLimits } from './packets.ts';

export const intake = {
  /** Peers that nobody has met yet. */
  unknown: 64,
  /** Peers that proved to hold the key. As many as there can be connections. */
  met: 512,
  otherSwarms: 64,
  /** Heard of nothing for so long: gone. */
  forgetMs: packetLimits.ttlSeconds * 1000,
  /** The same peer is passed on once in this time, or when it has another address, up to so many. */
  againMs: 1000,
  addressesAgain: 16,
  /** Packets a second that are looked into, and how many at once: the answers of a full network to one question. */
  packetsPerSecond: 200,
  packetsAtOnce: 1500,
} as const;

/** instances: by where (interface and tag) they were heard. */
type Heard = { at: number; told: number; addresses: Set<string>; instances: Map<string, string> };

export type Sightings = {
  /**
   * Whether this is to be passed on now: a peer within bounds, and not the same as a moment ago.
   * @param where the interface and the tag that it was heard on
   */
  heard(peerId: PeerId, where: string, instance: string, addresses: string[]): boolean;
  /** It proved itself: it no longer counts as unknown. */
  met(peerId: PeerId): void;
  /** That instance said goodbye. */
  gone(instance: string): void;
  /** Instances heard there in the first half of their time: they need not answer. */
  known(where: string): string[];
  /** Counts a node of another swarm. */
  other(id: string): void;
  /** That node of another swarm said goodbye. */
  otherGone(id: string): void;
  /** Nodes of other swarms within the last two minutes. */
  others(): number;
};

export function sightings(clock: Pick<Clock, 'now'>): Sightings {
  const peers = new Map<PeerId, Heard>();
  const strangers = new Map<string, number>();
  const met = new Set<PeerId>();

  const forgetOld = (): void => {
    const since = clock.now() - intake.forgetMs;
    for (const [peerId, { at }] of peers) if (at < since) peers.delete(peerId);
    for (const [id, at] of strangers) if (at < since) strangers.delete(id);
  };
  const isFull = (): boolean => [...peers.keys()].filter((peerId) => !met.has(peerId)).length >= intake.unknown;

  return {
    heard(peerId, where, instance, addresses) {
      const now = clock.now();
      let peer = peers.get(peerId);
      if (peer === undefined) {
        forgetOld();
        if (!met.has(peerId) && isFull()) return false;
        peer = { at: now, told: Number.NEGATIVE_INFINITY, addresses: new Set(), instances: new Map() };
        peers.set(peerId, peer);
      }
      peer.at = now;
      // a restarted node has a new name
      peer.instances.set(where, instance);
      if (now - peer.told >= intake.againMs) Object.assign(peer, { told: now, addresses: new Set() });
      else if (peer.addresses.size >= intake.addressesAgain || addresses.every((address) => peer.addresses.has(address))) return false;
      for (const address of addresses) peer.addresses.add(address);
      return true;
    },
    met(peerId) {
      met.delete(peerId);
      met.add(peerId);
      // the oldest is unknown again, no more
      dropOldest(met, intake.met);
    },
    gone(instance) {
      for (const { instances } of peers.values()) for (const [where, own] of instances) if (own === instance) instances.delete(where);
    },
    known(where) {
      const since = clock.now() - intake.forgetMs / 2;
      return [...peers.values()].flatMap(({ at, instances }) => (at > since ? (instances.get(where) ?? []) : []));
    },
    other(id) {
      if (!strangers.has(id) && strangers.size >= intake.otherSwarms) forgetOld();
      if (strangers.has(id) || strangers.size < intake.otherSwarms) strangers.set(id, clock.now());
    },
    otherGone: (id) => void strangers.delete(id),
    others() {
      forgetOld();
      return strangers.size;
    },
  };
}

/** A bucket: takes `atOnce`, refilled with `perSecond`. Returns whether one more may pass. */
export function allowance(clock: Pick<Clock, 'now'>, perSecond: number, atOnce: number): () => boolean {
  let left: number = atOnce;
  let last = clock.now();
  return () => {
    const now = clock.now();
    left = Math.min(atOnce, left + ((now - last) / 1000) * perSecond);
    last = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
