// What must hold whatever breaks. Each rule is seen to fail on a planted fault in simulator.test.ts.
import type { ChatChunk, ChatRequest } from '../../../src-shared/chat.ts';
import type { PeerId } from '../../../src-shared/peer.ts';
import type { ServedChat } from '../../../src-main/jobs/ports.ts';
import { place, type Candidate } from '../../../src-main/swarm/placement.ts';
import type { SimPeer } from './peer.ts';
import type { Random } from './random.ts';

export type Rule =
  /** What is shown is a beginning of the script at every moment; the whole of it at the end. */
  | 'text'
  /** A question that may wait ends with its answer; in a swarm without faults every question does. */
  | 'lost'
  | 'endless'
  /** After everything is over nobody holds a slot, a place in line, an answer, a stream or a timer. */
  | 'leak'
  /** While one member waits no other one gets much more than its turn. */
  | 'starved'
  | 'queue'
  /** The same facts in another order give the same placement. */
  | 'placement'
  | 'removed'
  /** An engine is asked only what makes sense. */
  | 'engine';

export type Violation = { rule: Rule; at: number; what: string };

/** Tokens that another member may get beyond turn and turn about while one waits: so many of the longest jobs for each slot and the line's. */
const fairJobs = 3;
/** Timers that a node has by itself: its tick, the look at its models, the next turn of role auto, the next offer, the next change. */
const ownTimers = 6;

export type Invariants = {
  readonly violations: Violation[];
  fails(rule: Rule, what: string): void;
  /** Watches a leader's answers from the outside. */
  served(leader: SimLeader, chat: ServedChat): ServedChat;
  sends(knows: boolean, leader: string, to: string, chunk: ChatChunk): void;
  placement(request: ChatRequest, candidates: readonly Candidate[], random: Random): void;
  quiet(peer: SimPeer): void;
};

export type SimLeader = { name: string; peerId: PeerId; slots: number; maxWaiting: number; isOver(): boolean };

type Job = { from: PeerId; model: string; granted: boolean; tokens: number };
type Served = {
  jobs: Set<Job>;
  got: Map<PeerId, number>;
  waits: Map<PeerId, { before: Map<PeerId, number>; own: number }>;
  longest: number;
};

export function invariants(now: () => number, placed: typeof place = place): Invariants {
  const violations: Violation[] = [];
  const fails = (rule: Rule, what: string): void => void violations.push({ rule, at: now(), what });

  /** A member waits, and gets nothing: what did the others get meanwhile? */
  const checkFair = (leader: SimLeader, served: Served): void => {
    const bound = (leader.slots + fairJobs) * served.longest;
    for (const [member, { before, own }] of served.waits) {
      for (const [other, got] of served.got) {
        if (other === member || other === leader.peerId) continue;
        const meanwhile = got - (before.get(other) ?? 0);
        if (meanwhile > bound + own) {
          fails(
            'starved',
            `${leader.name}: while ${member.slice(-4)} waited ${other.slice(-4)} got ${meanwhile} tokens, more than ${bound + own}`,
          );
          served.waits.delete(member);
        }
      }
    }
  };
  const waits = (served: Served, from: PeerId): void => {
    if (served.waits.has(from) || [...served.jobs].some((job) => job.from === from && job.granted)) return;
    served.waits.set(from, { before: new Map(served.got), own: served.got.get(from) ?? 0 });
  };
  const note = (leader: SimLeader, served: Served, job: Job, chunk: ChatChunk): void => {
    if (chunk.kind === 'queued') {
      // the machine's owner has no bounds, and each model has a line of its own
      let waiting = 0;
      for (const { from, model, granted } of served.jobs) if (!granted && from !== leader.peerId && model === job.model) waiting += 1;
      // whoever just came in is counted before it is turned away
      if (waiting > leader.maxWaiting + 1) fails('queue', `${leader.name}: ${waiting} wait in a line of ${leader.maxWaiting}`);
      waits(served, job.from);
      return;
    }
    if (!job.granted) {
      job.granted = true;
      served.waits.delete(job.from);
      const granted = [...served.jobs].filter((one) => one.granted).length;
      if (granted > leader.slots) fails('queue', `${leader.name}: ${granted} jobs in ${leader.slots} slots`);
    }
    if (chunk.kind !== 'text') return;
    const tokens = chunk.tokens?.length ?? chunk.text.split(' ').length - 1;
    job.tokens += tokens;
    served.longest = Math.max(served.longest, job.tokens);
    served.got.set(job.from, (served.got.get(job.from) ?? 0) + tokens);
    checkFair(leader, served);
  };

  return {
    violations,
    fails,
    served(leader, chat) {
      const served: Served = { jobs: new Set(), got: new Map(), waits: new Map(), longest: 40 };
      return async function* watched(request, signal, from) {
        const job: Job = { from, model: request.model ?? '', granted: false, tokens: 0 };
        served.jobs.add(job);
        try {
          for await (const chunk of chat(request, signal, from)) {
            if (!leader.isOver()) note(leader, served, job, chunk);
            yield chunk;
          }
        } finally {
          served.jobs.delete(job);
          if (![...served.jobs].some((one) => one.from === from && !one.granted)) served.waits.delete(from);
        }
      };
    },
    sends(knows, leader, to, chunk) {
      if (knows && chunk.kind === 'text') fails('removed', `${leader} gave an answer to ${to}, which it knows to be removed`);
    },
    placement(request, candidates, random) {
      const results = [candidates, random.shuffled(candidates), candidates.toReversed()].map((some) => {
        try {
          const { leader, model, reason } = placed(request, some);
          return `${leader.peerId} ${model} ${reason}`;
        } catch (error) {
          return String(error);
        }
      });
      if (new Set(results).size > 1) fails('placement', `the same candidates in another order: ${results.join(' / ')}`);
    },
    quiet({ machine, lead, held, chat, engine }) {
      const left = {
        running: lead.admission.running(),
        waiting: lead.admission.waiting(),
        'held answers': held.size().answers,
        streams: chat.incoming(),
        'answers in the engine': engine()?.running() ?? 0,
        timers: Math.max(0, machine.life.timers() - ownTimers),
      };
      for (const [what, count] of Object.entries(left)) if (count > 0) fails('leak', `${machine.name}: ${what} ${count}`);
    },
  };
}
