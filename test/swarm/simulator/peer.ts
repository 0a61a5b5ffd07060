// A node for one life of its machine: the shipping rooms, wired as node.ts wires them, over a simulated engine and network.
import { Failure } from '../../../src-shared/failure.ts';
import { unknownHardware, type HardwareFacts } from '../../../src-shared/hardware.ts';
import type { Chat, ChatChunk, ChatRequest } from '../../../src-shared/chat.ts';
import type { Offer, PeerId } from '../../../src-shared/peer.ts';
import type { Role } from '../../../src-shared/role.ts';
import type { Log, ServedChat } from '../../../src-main/jobs/ports.ts';
import { limits } from '../../../src-main/jobs/limits.ts';
import { heldAnswers, type HeldAnswers } from '../../../src-main/jobs/held-answers.ts';
import { autoRole } from '../../../src-main/node/auto.ts';
import { signal as changeSignal } from '../../../src-main/node/change.ts';
import { leading, type Leading } from '../../../src-main/node/leading.ts';
import { offering } from '../../../src-main/node/offering.ts';
import { knownPeers } from '../../../src-main/node/peers.ts';
import { serving } from '../../../src-main/node/serving.ts';
import { defaultSettings } from '../../../src-main/store/settings-store.ts';
import { swarmChat } from '../../../src-main/swarm/ask.ts';
import { meansToLead } from '../../../src-main/swarm/decide.ts';
import type { Candidate } from '../../../src-main/swarm/placement.ts';
import type { Network } from '../../../src-main/swarm/ports.ts';
import { observed } from '../../../src-main/swarm/observed.ts';
import { resuming } from '../../../src-main/swarm/resume.ts';
import { suspects } from '../../../src-main/swarm/suspects.ts';
import { chatEnd, type ChatEnd } from './chat-line.ts';
import { simEngine, type SimEngine, type SimEngineSpec } from './engine.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import { simTrust, type Disk, type SimTrust } from './trust.ts';
import type { Link, Wires } from './wires.ts';

export type PeerSpec = { role: Role; engine: SimEngineSpec | null; hardware: Partial<HardwareFacts> };

/** The shipping code; a test may plant a fault in one of them. */
export type Parts = {
  swarmChat: typeof swarmChat;
  leading: typeof leading;
  heldAnswers: typeof heldAnswers;
  refusal: SimTrust['refusal'] | null;
};
export const shippingParts: Parts = { swarmChat, leading, heldAnswers, refusal: null };

export type PeerWorld = {
  parts: Parts;
  machine: Machine;
  disk: Disk;
  spec: PeerSpec;
  random: Random;
  wires: Wires;
  peer(peerId: PeerId): SimPeer | undefined;
  /** Answers as they are made and sent here, for the invariants. */
  served: (chat: ServedChat) => ServedChat;
  sends(leader: PeerId, chunk: ChatChunk, to: PeerId): void;
  wrong(what: string): void;
  trustChanged(peer: SimPeer): void;
};

export type SimPeer = {
  readonly machine: Machine;
  readonly chat: ChatEnd;
  readonly held: HeldAnswers;
  readonly lead: Leading;
  readonly trust: SimTrust;
  engine(): SimEngine | null;
  ask(options: { pinned?: PeerId; wait: boolean }): Chat;
  candidates(): Candidate[];
  offer(): Offer;
  connected(link: Link): void;
  lost(link: Link, epoch: number): void;
  hearOffer(from: PeerId, offer: Offer): void;
  /** That peer does not let this one in. */
  shutOut(by: PeerId): void;
  /** Its roster is another one. */
  recheck(): void;
};

const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
/** As node.ts; where very many talk, a little later, or each would look at all of them all the time. */
const changeEveryMs = 100;

export function simPeer(world: PeerWorld): SimPeer {
  const { machine, parts, spec, wires } = world;
  const self = machine.peerId;
  const { clock } = machine.life;
  const settings = { ...defaultSettings(machine.name), role: spec.role };
  const hardware: HardwareFacts = { ...unknownHardware, os: 'Simulated', ...spec.hardware };
  const freshWaiters = new Set<() => void>();
  const trust = simTrust(self, world.disk, clock, () => wakeFresh());
  const refusal = parts.refusal ?? trust.refusal;
  const peers = knownPeers(clock.date, () => undefined);
  const watched = suspects(clock);
  const seen = observed();
  const changes = changeSignal(clock, Math.max(changeEveryMs, wires.of(self).length * 10), () => auto.look());
  let engine: SimEngine | null = null;

  const wakeFresh = (): void => {
    for (const wake of [...freshWaiters]) wake();
  };
  const changed = (): void => {
    changes.mark();
    offer.announceSoon();
  };
  const makeEngine = (): SimEngine => {
    const none: SimEngineSpec = { models: [], tokensPerSecond: 1, promptTokensPerSecond: 1, slots: 1, loadMs: 0, tokens: false };
    const made = simEngine(spec.engine ?? none, { clock, random: world.random, wrong: world.wrong });
    const { start } = made;
    return { ...made, start: () => start().then(() => void (engine = made)) };
  };
  const bounds = limits({ clock, settings: () => settings, usedToday: () => 0 });
  const lead = parts.leading({ clock, engine: makeEngine, log: silentLog, self: () => self, limits: bounds, changed });
  const serve = world.served(lead.admission.chat);
  const service = serving({ clock, log: silentLog, serve, refusal, nameOf: (from) => from, write: () => undefined });
  const held = parts.heldAnswers({ serve: service.chat, clock });
  const facts = () => ({
    ...{ wanted: settings.role, autoLeads: auto.leads(), key: true, network: 'on' as const, engine: lead.engine()?.facts() ?? null },
    ...{
      models: lead.models().length,
      running: lead.admission.running(),
      waiting: lead.admission.waiting(),
      draining: lead.draining,
      warming: lead.warming(),
    },
  });
  const network: Pick<Network, 'announce'> = {
    announce: (news) => wires.broadcast(machine, (to) => world.peer(to.peerId)?.hearOffer(self, news)),
  };
  let announced: Offer | null = null;
  const offer = offering({
    ...{ clock, version: '0', settings: () => settings, lead, facts, machine: () => hardware, auto: () => auto.words() },
    network: () =>
      ({
        announce(news: Offer) {
          announced = news;
          network.announce(news);
        },
      }) as Network,
  });
  const auto = autoRole({
    ...{ clock, log: silentLog, settings: () => settings, self: () => self, machine: () => hardware, candidates: () => peers.candidates() },
    ...{ lead, engine: makeEngine, withheld: () => false, changed },
    turned() {
      applyRole();
      changed();
    },
  });
  const applyRole = (): void =>
    lead.want(spec.engine !== null && meansToLead({ wanted: settings.role, autoLeads: auto.leads() }), settings);
  const chat = chatEnd({
    ...{ machine, wires, held, end: (peerId) => world.peer(peerId)?.chat },
    isConnected: (peerId) => peers.get(peerId)?.state === 'connected',
    sends: (chunk, to) => world.sends(self, chunk, to),
    async fresh(from, signal) {
      while (!trust.fresh(from)) {
        signal.throwIfAborted();
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            freshWaiters.delete(wake);
            signal.removeEventListener('abort', wake);
            resolve();
          };
          freshWaiters.add(wake);
          signal.addEventListener('abort', wake, { once: true });
        });
      }
      signal.throwIfAborted();
    },
  });
  const candidates = (): Candidate[] => [
    { peerId: self, name: machine.name, local: true, connected: true, latencyMs: 0, offer: offer.offerTo('self') },
    ...peers.candidates(),
  ];
  const remote = (peerId: PeerId, request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatChunk> =>
    resuming(chat.line(peerId), peerId, request, signal, clock);
  auto.up();
  applyRole();

  return {
    ...{ machine, chat, held, lead, trust, candidates },
    engine: () => engine,
    offer: () => announced ?? offer.offerTo('others'),
    ask: ({ pinned, wait }) =>
      parts.swarmChat({
        ...{ candidates, remote, clock, suspects: watched, observed: seen, wait },
        local: (request, signal) => serve(request, signal, self),
        change: async (signal) => {
          if (!(await changes.next(signal))) throw signal.reason;
        },
        gone: () => (trust.isIn() ? null : new Failure('revoked', 'This device was removed from the swarm.')),
        ...(pinned === undefined ? {} : { pinned }),
      }),
    connected(link) {
      const other = link.a === machine ? link.b : link.a;
      peers.hear({ kind: 'connected', peerId: other.peerId, address: '' });
      peers.hear({ kind: 'latency', peerId: other.peerId, ms: Math.round(link.spec.latencyMs * 2) });
      chat.connected(link);
      changes.mark();
    },
    lost(link, epoch) {
      const other = link.a === machine ? link.b : link.a;
      peers.hear({ kind: 'disconnected', peerId: other.peerId, why: 'lost' });
      chat.lost(link, epoch);
      changes.mark();
    },
    hearOffer(from, news) {
      if ((peers.get(from)?.offer?.revision ?? -1) > news.revision) return;
      peers.hear({ kind: 'offer', peerId: from, offer: news });
      changes.mark();
    },
    shutOut(by) {
      trust.shutOut(by);
      changes.mark();
    },
    recheck() {
      service.recheck();
      held.keep((from) => refusal(from) === null);
      wakeFresh();
      changed();
    },
  };
}
