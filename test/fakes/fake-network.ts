// A swarm in memory: what one node sends another is serialised as on a wire, takes time, and is lost when a link is cut or a node is killed.
// Who is let in is asked of each node's Trust as network/ asks it: fake-links.ts.
import { chatChunk, chatRequest } from '../../src-shared/chat.ts';
import { machineModels, modelsWish } from '../../src-shared/download.ts';
import { Failure, failureShape, toFailure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { heldAnswers, type HeldReader } from '../../src-main/jobs/held-answers.ts';
import type { Clock } from '../../src-main/jobs/ports.ts';
import type { PairingPort } from '../../src-main/node/options.ts';
import { peerIdOf } from '../../src-main/network/identity.ts';
import type { Network } from '../../src-main/swarm/ports.ts';
import { LinkLost, resuming, type AnswerKey, type Line, type NumberedChunk } from '../../src-main/swarm/resume.ts';
import type { Member, MemberOptions } from './fake-member.ts';
import { fakeLinks, overWire, sharedKey } from './fake-links.ts';
import { fakePairing } from './fake-pairing.ts';

export type FakeSwarm = {
  network(options: MemberOptions): Network;
  pairing: PairingPort;
  /** Nothing passes between the two until heal(); both notice. */
  cut(a: PeerId, b: PeerId): void;
  heal(a: PeerId, b: PeerId): void;
  /** As kill -9: no goodbye. */
  kill(peerId: PeerId): void;
  /** The address under which that node can be dialled. */
  address(peerId: PeerId): string;
};

const clock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export type FakeSwarmOptions = {
  /** false: nodes find each other by dialling only */
  mdns?: boolean;
  /** For one message, one way. */
  latencyMs?: number;
  /** Until a network has let go of its port. */
  stopMs?: number;
  /** How long a leader keeps an answer for who lost the link. */
  graceMs?: number;
};

export function fakeSwarm({ mdns = true, latencyMs = 0, stopMs = 0, graceMs }: FakeSwarmOptions = {}): FakeSwarm {
  const members = new Map<PeerId, Member>();
  const cuts = new Set<string>();
  let ports = 4100;
  const pair = (a: PeerId, b: PeerId): string => [a, b].toSorted().join();
  const travel = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, latencyMs));
  const links = fakeLinks({ latencyMs, travel, isCut: (a, b) => cuts.has(pair(a, b)), member: (peerId) => members.get(peerId) });

  const meet = (member: Member): void => {
    for (const other of members.values()) {
      if (other === member || member.forgotten.has(other.peerId) || other.forgotten.has(member.peerId)) continue;
      links.connect(member, other);
    }
    const strangers = (one: Member): number =>
      [...members.values()].filter((other) => other !== one && sharedKey(one, other) === 'none').length;
    for (const one of members.values()) one.onEvent({ kind: 'other-swarms', count: strangers(one) });
  };
  const dialRemembered = (member: Member): void => {
    for (const { peerId } of member.remembered ?? []) {
      const other = members.get(peerId);
      if (other !== undefined) links.connect(member, other);
    }
  };
  const leave = (member: Member, why: 'closed' | 'lost'): void => {
    members.delete(member.peerId);
    member.held.keep(() => false);
    links.leave(member, why);
  };

  function network(options: MemberOptions): Network {
    const peerId = peerIdOf(options.privateKey);
    const member: Member = {
      ...options,
      peerId,
      address: `/ip4/127.0.0.1/tcp/${(ports += 1)}/p2p/${peerId}`,
      offer: undefined,
      forgotten: new Set(),
      held: heldAnswers({ serve: options.serve, clock, graceMs }),
    };
    const ending = new AbortController();
    const isRunning = (): boolean => members.get(peerId) === member;
    return {
      peerId,
      ciphers: 'native',
      addresses: () => (isRunning() ? [member.address] : []),
      start: () => {
        members.set(peerId, member);
        member.onEvent({ kind: 'listening', addresses: [member.address] });
        if (mdns) meet(member);
        dialRemembered(member);
        return Promise.resolve();
      },
      stop: async () => {
        ending.abort(new Failure('disconnected', 'The network was stopped.'));
        // whoever reads hears of it before the link goes
        member.held.close(new Failure('leader-lost', 'The leader was stopped.'));
        await travel();
        await travel();
        if (isRunning()) leave(member, 'closed');
        await new Promise((resolve) => setTimeout(resolve, stopMs));
      },
      announce(offer) {
        member.offer = offer;
        links.announce(member);
      },
      async dial(address, signal) {
        await travel();
        signal.throwIfAborted();
        if (!address.startsWith('/')) throw new Failure('bad-address', 'This is no address.');
        const other = [...members.values()].find((one) => one.address === address || one.address.startsWith(`${address}/p2p/`));
        if (other === undefined || cuts.has(pair(peerId, other.peerId))) throw new Failure('not-reachable', 'Nobody answers there.');
        if (sharedKey(member, other) === 'none') throw new Failure('not-let-in', 'Somebody is there, probably with another key.');
        member.forgotten.delete(other.peerId);
        if (!links.connect(member, other)) throw new Failure('not-let-in', 'It threw this device out again.');
        return other.peerId;
      },
      forget(other) {
        member.forgotten.add(other);
        const gone = members.get(other);
        if (gone !== undefined) links.disconnect(member, gone, 'closed');
        return Promise.resolve();
      },
      async *ask(to, request, signal) {
        yield* resuming(lineTo(to), to, request, AbortSignal.any([signal, ending.signal]), clock);
      },
      async models(to, wish) {
        const other = members.get(to);
        if (other?.models === undefined || links.ready(peerId, to) === null)
          throw new Failure('not-reachable', 'That machine is not connected.');
        await travel();
        return machineModels.parse(overWire(await other.models(modelsWish.parse(overWire(wish)), peerId)));
      },
      askSeed: () => Promise.reject(new Failure('not-reachable', 'This peer does not speak the protocol of Axon-Cluster.')),
      trustChanged() {
        if (!isRunning()) return;
        member.held.keep((other) => member.trust.standing(other) === 'member');
        links.lookAt(member);
        if (mdns) setTimeout(() => isRunning() && meet(member), 0);
      },
      announcePairing: () => undefined,
      nudge: () => {
        if (mdns) meet(member);
      },
    };

    function lineTo(to: PeerId): Line {
      return {
        ask: (request, signal) => overLink(to, signal, (leader) => leader.held.begin(chatRequest.parse(overWire(request)), peerId)),
        async *resume(at, signal) {
          // a program that has ended does not listen any more
          if (!members.has(to)) throw new LinkLost('Nobody listens there.', { refused: true });
          yield* overLink(to, signal, (leader) => leader.held.resume(at, peerId));
        },
        abandon: (key) => tellLater(to, key, 100),
      };
    }
    function tellLater(to: PeerId, key: AnswerKey, tries: number): void {
      if (links.ready(peerId, to) !== null) members.get(to)?.held.stop(key, peerId);
      else if (tries > 0) setTimeout(() => tellLater(to, key, tries - 1), 50);
    }
    async function* overLink(to: PeerId, cancel: AbortSignal, open: (leader: Member) => HeldReader): AsyncGenerator<NumberedChunk> {
      const leader = members.get(to);
      const lost = links.ready(peerId, to);
      if (leader === undefined || lost === null) throw new Failure('not-reachable', 'That leader is not connected.');
      const either = AbortSignal.any([lost, cancel]);
      await travel();
      while (!leader.trust.fresh(peerId)) {
        either.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      let reader: HeldReader | undefined;
      try {
        reader = open(leader);
        for (;;) {
          const entry = await reader.next(either);
          await travel();
          either.throwIfAborted();
          if (entry === undefined) return;
          reader.arrived(entry.n + 1);
          if ('failure' in entry) throw entry.failure;
          yield { n: entry.n, chunk: chatChunk.parse(overWire(entry.chunk)) };
        }
      } catch (error) {
        cancel.throwIfAborted();
        if (lost.aborted) throw new LinkLost('the link is cut');
        if (!(error instanceof Failure)) throw new LinkLost('taken over, or dropped');
        throw toFailure(failureShape.parse(overWire(error.toShape())));
      } finally {
        if (lost.aborted) reader?.leave();
        else reader?.stop();
      }
    }
  }

  return {
    network,
    pairing: fakePairing(),
    cut(a, b) {
      cuts.add(pair(a, b));
      const [one, other] = [members.get(a), members.get(b)];
      if (one !== undefined && other !== undefined) links.disconnect(one, other, 'lost');
    },
    heal(a, b) {
      cuts.delete(pair(a, b));
      const [one, other] = [members.get(a), members.get(b)];
      if (one !== undefined && other !== undefined) links.connect(one, other);
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
