// What swarm/ needs from the world.
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { MulticastHeard } from '../../src-shared/discovery.ts';
import type { MachineModels, ModelsWish } from '../../src-shared/download.ts';
import type { FailureShape } from '../../src-shared/failure.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { Offer, PeerId } from '../../src-shared/peer.ts';

export type NetworkEvent =
  /** mDNS or a typed address named a peer; not connected yet. */
  | { kind: 'found'; peerId: PeerId; addresses: string[] }
  | { kind: 'connected'; peerId: PeerId; address: string }
  /** closed: it said goodbye; lost: killed or silent. It is redialled by itself in both cases. */
  | { kind: 'disconnected'; peerId: PeerId; why: 'closed' | 'lost' }
  | { kind: 'offer'; peerId: PeerId; offer: Offer }
  /** It was asked, and its offer is still the one that is known. */
  | { kind: 'offer-confirmed'; peerId: PeerId }
  /** It is connected, and speaks none of the protocols by which machines say what they lend. */
  | { kind: 'too-old'; peerId: PeerId }
  /** address: of the link on which that was measured */
  | { kind: 'latency'; peerId: PeerId; ms: number; address?: string }
  /** Nodes of other swarms seen in the last two minutes. */
  | { kind: 'other-swarms'; count: number }
  /** Who was heard on mDNS's port changed; `nothing` again when the interfaces did. */
  | { kind: 'heard'; who: MulticastHeard }
  /** Our own listening addresses changed. */
  | { kind: 'listening'; addresses: string[] }
  /** The key is right, and the other side threw this device out again after it had proven who it is. */
  | { kind: 'shut-out'; peerId: PeerId }
  /** null: the trouble of this kind is over */
  | { kind: 'trouble'; about: 'listen' | 'mdns'; failure: FailureShape | null };

/** The peers of this swarm. Members only: whom the Trust port (membership/ports.ts) calls pending reaches nothing of this. */
export type Network = {
  readonly peerId: PeerId;
  readonly ciphers: 'native' | 'wasm';
  /** Multiaddrs with /p2p/ */
  addresses(): string[];
  /** Listens, announces, dials what is remembered. Fails with port-in-use only for an explicit port. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Pushes to all connected peers now, and to each later one on connect. */
  announce(offer: Offer): void;
  /** Dials and remembers. Returns who is there; fails with bad-address, not-reachable (TCP refused or silent), not-let-in (TCP accepted, key or identity refused). */
  dial(address: string, signal: AbortSignal): Promise<PeerId>;
  /** No more dialling by itself; disconnects. */
  forget(peerId: PeerId): Promise<void>;
  /** A remote leader as a Chat. Fails with leader-lost when the link or the leader dies mid-answer. */
  ask(peerId: PeerId, request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatChunk>;
  /** Asks a node that speaks only Axon-Cluster's /axon/inference/1.0.0: the whole answer at once, within 120 s. */
  askSeed(peerId: PeerId, prompt: string, model: string | undefined, signal: AbortSignal): Promise<string>;
  /** What another machine could have, after a model was begun there; see modelsWish. Fails as it says, and with not-reachable and too-old. */
  models(peerId: PeerId, wish: ModelsWish, signal: AbortSignal): Promise<MachineModels>;
  /** The roster, the keys, the freshness or the settings behind Trust changed: looks at every connection anew, and tells members what is new. */
  trustChanged(): void;
  /** Says by mDNS that machines without the key may knock at that port, and what this one is called; null: no more. */
  announcePairing(door: { port: number; name: string } | null): void;
  /** Redials everything that is away, now (wake, network change). */
  nudge(): void;
};

export type Hardware = {
  /** As last looked at; what is slow is looked at seldom (lookedAt tells). */
  facts(): Promise<HardwareFacts>;
  /** Looks at everything now. */
  fresh(): Promise<HardwareFacts>;
  watch(changed: (facts: HardwareFacts) => void): () => void;
  stop(): void;
};
