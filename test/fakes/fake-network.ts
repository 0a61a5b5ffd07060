// A swarm in memory: what one node sends another is serialised as on a wire, takes time, and is lost when a link is cut or a node is killed.
import { createHash } from 'node:crypto';
import { chatChunk, chatRequest, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure, failureShape, isCancel, toFailure } from '../../src-shared/failure.ts';
import { offer as offerSchema, type Offer, type PeerId } from '../../src-shared/peer.ts';
import type { ServedChat } from '../../src-main/jobs/ports.ts';
import type { Network, NetworkEvent } from '../../src-main/swarm/ports.ts';

export type MemberOptions = {
  privateKey: Uint8Array;
  swarmKey: Uint8Array;
  serve: ServedChat;
  onEvent: (event: NetworkEvent) => void;
  remember?: (peerId: PeerId, addresses: string[]) => void;
};

type Member = MemberOptions & {
  peerId: PeerId;
  address: string;
  offer: Offer | undefined;
  links: Map<PeerId, AbortController>;
  forgotten: Set<PeerId>;
};

export type FakeSwarm = {
  network(options: MemberOptions): Network;
  /** Nothing passes between the two until heal(); both notice. */
  cut(a: PeerId, b: PeerId): void;
  heal(a: PeerId, b: PeerId): void;
  /** As kill -9: no goodbye. */
  kill(peerId: PeerId): void;
  /** The address under which that node can be dialled. */
  address(peerId: PeerId): string;
};

/** @param options.mdns false: nodes find each other by dialling only. latencyMs: for one message, one way. stopMs: until a network has let go of its port */
export function fakeSwarm({
  mdns = true,
  latencyMs = 0,
  stopMs = 0,
}: { mdns?: boolean; latencyMs?: number; stopMs?: number } = {}): FakeSwarm {
  const members = new Map<PeerId, Member>();
  const cuts = new Set<string>();
  let ports = 4100;
  const pair = (a: PeerId, b: PeerId): string => [a, b].toSorted().join();
  const travel = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, latencyMs));

  const connect = (a: Member, b: Member): void => {
    if (a.links.has(b.peerId) || cuts.has(pair(a.peerId, b.peerId))) return;
    const link = new AbortController();
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      one.links.set(other.peerId, link);
      one.onEvent({ kind: 'connected', peerId: other.peerId, address: other.address });
      one.onEvent({ kind: 'latency', peerId: other.peerId, ms: latencyMs * 2 });
      one.remember?.(other.peerId, [other.address]);
    }
    tell(a, b);
    tell(b, a);
  };
  const tell = (from: Member, to: Member): void => {
    const news = from.offer;
    if (news === undefined) return;
    void travel().then(() => {
      if (from.links.has(to.peerId)) to.onEvent({ kind: 'offer', peerId: from.peerId, offer: offerSchema.parse(overWire(news)) });
    });
  };
  const disconnect = (a: Member, b: Member, why: 'closed' | 'lost'): void => {
    const link = a.links.get(b.peerId);
    if (link === undefined) return;
    a.links.delete(b.peerId);
    b.links.delete(a.peerId);
    link.abort(new Failure('leader-lost', 'The link to the leader was lost.'));
    a.onEvent({ kind: 'disconnected', peerId: b.peerId, why });
    b.onEvent({ kind: 'disconnected', peerId: a.peerId, why });
  };
  const sameSwarm = (a: Member, b: Member): boolean => Buffer.from(a.swarmKey).equals(Buffer.from(b.swarmKey));
  const meet = (member: Member): void => {
    for (const other of members.values()) {
      if (other === member || member.forgotten.has(other.peerId) || other.forgotten.has(member.peerId)) continue;
      if (sameSwarm(member, other)) connect(member, other);
    }
    for (const one of members.values()) {
      one.onEvent({ kind: 'other-swarms', count: [...members.values()].filter((other) => !sameSwarm(one, other)).length });
    }
  };
  const leave = (member: Member, why: 'closed' | 'lost'): void => {
    members.delete(member.peerId);
    for (const peerId of member.links.keys()) {
      const other = members.get(peerId);
      if (other !== undefined) disconnect(member, other, why);
    }
  };

  function network(options: MemberOptions): Network {
    const peerId = fakePeerId(options.privateKey);
    const member: Member = {
      ...options,
      peerId,
      address: `/ip4/127.0.0.1/tcp/${(ports += 1)}/p2p/${peerId}`,
      offer: undefined,
      links: new Map(),
      forgotten: new Set(),
    };
    return {
      peerId,
      ciphers: 'native',
      addresses: () => (members.get(peerId) === member ? [member.address] : []),
      start: () => {
        members.set(peerId, member);
        member.onEvent({ kind: 'listening', addresses: [member.address] });
        if (mdns) meet(member);
        return Promise.resolve();
      },
      stop: () => {
        if (members.get(peerId) === member) leave(member, 'closed');
        return new Promise((resolve) => setTimeout(resolve, stopMs));
      },
      announce(offer) {
        member.offer = offer;
        for (const other of member.links.keys()) {
          const to = members.get(other);
          if (to !== undefined) tell(member, to);
        }
      },
      async dial(address, signal) {
        await travel();
        signal.throwIfAborted();
        if (!address.startsWith('/')) throw new Failure('bad-address', 'This is no address.');
        const other = [...members.values()].find((one) => one.address === address || one.address.startsWith(`${address}/p2p/`));
        if (other === undefined || cuts.has(pair(peerId, other.peerId))) throw new Failure('not-reachable', 'Nobody answers there.');
        if (!sameSwarm(member, other)) throw new Failure('not-let-in', 'Somebody is there, probably with another key.');
        member.forgotten.delete(other.peerId);
        connect(member, other);
        return other.peerId;
      },
      forget(other) {
        member.forgotten.add(other);
        const gone = members.get(other);
        if (gone !== undefined) disconnect(member, gone, 'closed');
        return Promise.resolve();
      },
      async *ask(to, request, signal) {
        const link = member.links.get(to);
        const leader = members.get(to);
        if (link === undefined || leader === undefined) throw new Failure('leader-lost', 'That leader is not connected.');
        yield* overLink(leader, chatRequest.parse(overWire(request)), link.signal, signal);
      },
      askSeed: () => Promise.reject(new Failure('not-reachable', 'This peer does not speak the protocol of Axon-Cluster.')),
      trustChanged: () => undefined,
      nudge: () => {
        if (mdns) meet(member);
      },
    };

    async function* overLink(leader: Member, request: ChatRequest, lost: AbortSignal, cancel: AbortSignal): AsyncGenerator<ChatChunk> {
      const either = AbortSignal.any([lost, cancel]);
      await travel();
      const chunks = leader.serve(request, either, peerId)[Symbol.asyncIterator]();
      try {
        for (;;) {
          either.throwIfAborted();
          const next = await Promise.race([chunks.next(), rejected(either)]);
          if (next.done === true) return;
          await travel();
          either.throwIfAborted();
          yield chatChunk.parse(overWire(next.value));
        }
      } catch (error) {
        if (cancel.aborted) throw cancel.reason;
        if (lost.aborted) throw lost.reason;
        if (isCancel(error)) throw new Failure('leader-lost', 'The leader gave up the answer.');
        throw toFailure(failureShape.parse(overWire(toFailure(error).toShape())));
      } finally {
        void chunks.return?.(undefined).catch(() => undefined);
      }
    }
  }

  return {
    network,
    cut(a, b) {
      cuts.add(pair(a, b));
      const [one, other] = [members.get(a), members.get(b)];
      if (one !== undefined && other !== undefined) disconnect(one, other, 'lost');
    },
    heal(a, b) {
      cuts.delete(pair(a, b));
      const [one, other] = [members.get(a), members.get(b)];
      if (one !== undefined && other !== undefined) connect(one, other);
    },
    kill(peerId) {
      const member = members.get(peerId);
      if (member === undefined) return;
      // the dead hear nothing
      member.onEvent = () => undefined;
      leave(member, 'lost');
    },
    address: (peerId) => members.get(peerId)?.address ?? '',
  };
}

/** Looks like one: base58, as long, the same for the same key. */
export function fakePeerId(privateKey: Uint8Array): PeerId {
  const hex = createHash('sha256').update(privateKey).digest('hex').replaceAll('0', 'z');
  return `12D3KooW${hex.slice(0, 44)}`;
}

function overWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}
