// One simulation: builds the swarm, lets the scenario happen, heals everything, asks everybody once more, and looks whether anything is left over.
import type { PeerId } from '../../../src-shared/peer.ts';
import type { place } from '../../../src-main/swarm/placement.ts';
import { askQuestion, type Answer } from './asker.ts';
import { invariants, type SimLeader, type Violation } from './invariants.ts';
import { machine, type Machine } from './machine.ts';
import { shippingParts, simPeer, type Parts, type SimPeer } from './peer.ts';
import { randomFor } from './random.ts';
import { beginMs, type Fault, type QuestionSpec, type Scenario } from './scenario.ts';
import { timeline } from './timeline.ts';
import { foundedRoster, type Disk } from './trust.ts';
import { wires, type Link } from './wires.ts';

/** Of each machine, in the scenario's order. */
export type Sample = { at: number; ids: readonly PeerId[]; running: number[]; waiting: number[]; state: Machine['state'][] };

export type Result = {
  scenario: Scenario;
  answers: Answer[];
  violations: Violation[];
  trace: string[];
  /** Virtual ms, and events in them. */
  ms: number;
  events: number;
  samples: Sample[];
  /** Tokens that each machine wrote. */
  written: number[];
};

export type SimulateOptions = {
  trace?: boolean;
  /** Between two looks at the load, virtual ms. 0: nobody looks */
  sampleMs?: number;
  /** Told at every look how far it is: virtual ms, of how many. */
  progress?: (at: number, of: number) => void;
  parts?: Partial<Parts>;
  place?: typeof place;
};

/** Everything that was asked has ended by then; a leader keeps an answer for a minute after that. */
const patienceMs = 30 * 60_000;
const quietMs = 70_000;
/** Until links are up again and offers known. */
const settleMs = 10_000;

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
function simPeerId(index: number): PeerId {
  const digits = [Math.floor(index / 58), index % 58].map((digit) => alphabet[digit] ?? '1').join('');
  return `12D3KooW${digits.repeat(22)}`;
}

export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<Result> {
  const time = timeline();
  const { seed, machines: specs } = scenario;
  const random = { wires: randomFor(`wires ${seed}`), checks: randomFor(`checks ${seed}`) };
  const rules = invariants(time.now, options.place);
  const parts = { ...shippingParts, ...options.parts };
  const trace: string[] = [];
  const note = (who: string, what: string): void => {
    if (options.trace === true) trace.push(`${(time.now() / 1000).toFixed(3).padStart(9)} ${who} ${what}`);
  };
  const machines = specs.map(({ name, stops, skewMs }, index) => machine(time, { peerId: simPeerId(index), name, stops, skewMs }));
  const peerIds = machines.map(({ peerId }) => peerId);
  const roster = foundedRoster(machines);
  const disks: Disk[] = machines.map(() => ({ roster }));
  const diskOf = new Map(machines.map(({ peerId }, index) => [peerId, disks[index]]));
  const peers = new Map<PeerId, SimPeer>();
  const written = specs.map(() => 0);
  /** By when a removal was made; null: it is a member. */
  const removed = new Map<PeerId, number>();
  const answers: Answer[] = [];
  const samples: Sample[] = [];

  const linkRandom = randomFor(`links ${seed}`);
  const { latencyMs, jitterMs, loss } = scenario.link;
  const net = wires(time, random.wires, machines, () => ({ latencyMs: linkRandom.between(...latencyMs), jitterMs, loss }), {
    welcome: ({ a, b }) => {
      const [one, other] = [peers.get(a.peerId), peers.get(b.peerId)];
      return one !== undefined && other !== undefined && one.trust.isMember(b.peerId) && other.trust.isMember(a.peerId);
    },
    refused: (link) => {
      for (const [one, by] of sides(link)) {
        if (peers.get(by.peerId)?.trust.isMember(one.peerId) !== false) continue;
        note(by.name, `does not let ${one.name} in`);
        one.life.do(() => peers.get(one.peerId)?.shutOut(by.peerId));
      }
    },
    up: (link) => {
      note(link.a.name, `meets ${link.b.name}`);
      for (const [one, other] of sides(link)) {
        const me = peers.get(one.peerId);
        one.life.do(() => me?.connected(link));
        const course = { last: 0 };
        net.send(link, one, course, () => {
          const from = peers.get(other.peerId);
          if (me === undefined || from === undefined) return;
          if (diskOf.get(one.peerId)?.roster !== diskOf.get(other.peerId)?.roster && me.trust.take(from.trust.news())) trustChanged(me);
          me.trust.compared(other.peerId);
          me.recheck();
          me.hearOffer(other.peerId, from.offer());
        });
      }
    },
    lost: (link, side, epoch) => {
      note(side.name, `loses ${other(link, side).name}`);
      peers.get(side.peerId)?.lost(link, epoch);
    },
  });

  function trustChanged(peer: SimPeer): void {
    peer.recheck();
    for (const link of net.of(peer.machine.peerId)) {
      const to = other(link, peer.machine);
      const news = peer.trust.news();
      net.send(link, to, { last: 0 }, () => {
        const heard = peers.get(to.peerId);
        if (heard?.trust.take(news) === true) trustChanged(heard);
      });
      // those who are out hear why before they are thrown out; those who are in again may come
      const { life } = peer.machine;
      time.after(100, () => life.do(() => net.look(link)));
    }
  }
  function boot(index: number): void {
    const [one, spec, disk] = [machines[index], specs[index], disks[index]];
    if (one === undefined || spec === undefined || disk === undefined) return;
    const life = one.boot();
    const leader: SimLeader = {
      ...{ name: one.name, peerId: one.peerId, slots: spec.engine?.slots ?? 1, maxWaiting: 0 },
      isOver: () => life.isOver,
    };
    note(one.name, 'is up');
    const peer = simPeer({
      ...{ parts, machine: one, disk, spec, random: randomFor(`engine ${seed} ${index} ${time.now()}`), wires: net },
      peer: (peerId) => peers.get(peerId),
      served: (chat) => rules.served(leader, chat),
      sends: (from, chunk, to) => rules.sends(peers.get(from)?.trust.isMember(to) === false, one.name, to, chunk),
      wrong: (what) => rules.fails('engine', `${one.name}: ${what}`),
      trustChanged,
    });
    leader.maxWaiting = peer.lead.admission.maxWaiting;
    peers.set(one.peerId, peer);
    net.machineChanged(one, 'back');
  }
  function down(index: number): void {
    const one = machines[index];
    if (one === undefined || one.state === 'off') return;
    note(one.name, 'crashes');
    written[index] = (written[index] ?? 0) + (peers.get(one.peerId)?.engine()?.written() ?? 0);
    one.crash();
    peers.delete(one.peerId);
    for (const answer of answers) {
      if (answer.question.by === index && answer.end === 'open') Object.assign(answer, { end: 'crashed', endedAt: time.now() });
    }
    net.machineChanged(one, 'killed');
  }
  function wake(index: number): void {
    const one = machines[index];
    if (one?.state !== 'asleep') return;
    note(one.name, 'wakes');
    one.wake();
    net.machineChanged(one, 'back');
  }
  const ask = (question: QuestionSpec): void => {
    const one = machines[question.by];
    const peer = one === undefined ? undefined : peers.get(one.peerId);
    // nobody is at the keyboard of a machine that is off
    if (one?.state !== 'up' || peer === undefined) return;
    answers.push(askQuestion(peer, question, { now: time.now, invariants: rules, random: random.checks, peerIds, trace: note }));
  };

  const links = (fault: Extract<Fault, { kind: 'cut' | 'reset' | 'slow-link' | 'partition' }>): Link[] => {
    if (fault.kind !== 'partition') return [net.link(peerIds[fault.machine] ?? '', peerIds[fault.other] ?? '')];
    const side = new Set(fault.side.map((index) => peerIds[index]));
    return machines.flatMap(({ peerId }) =>
      side.has(peerId) ? net.of(peerId).filter((link) => side.has(link.a.peerId) !== side.has(link.b.peerId)) : [],
    );
  };
  /** Returns what ends it. */
  function begin(fault: Fault): () => void {
    if (fault.kind === 'cut' || fault.kind === 'reset' || fault.kind === 'partition' || fault.kind === 'slow-link') {
      const some = links(fault);
      note('network', `${fault.kind} ${some.map(({ a, b }) => `${a.name}-${b.name}`).join(' ')}`);
      if (fault.kind === 'slow-link') {
        for (const link of some) link.slowness *= fault.times;
        return () => some.forEach((link) => (link.slowness /= fault.times));
      }
      for (const link of some) net.cut(link, fault.kind === 'reset' ? 'killed' : 'silent');
      return () => {
        note('network', `${fault.kind} is over`);
        some.forEach((link) => net.heal(link));
      };
    }
    const one = machines[fault.machine] as Machine;
    const peer = peers.get(one.peerId);
    note(one.name, `fault: ${fault.kind}`);
    if (fault.kind === 'crash') {
      down(fault.machine);
      return () => one.state === 'off' && boot(fault.machine);
    }
    if (fault.kind === 'sleep') {
      one.sleep();
      net.machineChanged(one, 'silent');
      return () => wake(fault.machine);
    }
    const { life } = one;
    if (fault.kind === 'engine-hang') life.do(() => peer?.engine()?.hang());
    if (fault.kind === 'engine-crash') life.do(() => peer?.engine()?.crash());
    if (fault.kind === 'slow') {
      peer?.engine()?.slow(fault.times);
      return () => peers.get(one.peerId)?.engine()?.slow(1);
    }
    return fault.kind === 'revoke' ? revoke(one, fault.ms) : () => undefined;
  }
  /** By the first machine, which is the admin's, when it is there. */
  function revoke(one: Machine, ms: number): () => void {
    const [first] = machines as [Machine];
    const admin = peers.get(first.peerId);
    if (first.state !== 'up' || admin === undefined || removed.has(one.peerId)) return () => undefined;
    admin.trust.revoke(one.peerId);
    removed.set(one.peerId, time.now());
    trustChanged(admin);
    return () => {
      const again = peers.get(first.peerId);
      if (ms === 0 || first.state !== 'up' || again === undefined) return;
      note(one.name, 'is let in again');
      again.trust.admit(one.peerId, one.name);
      removed.delete(one.peerId);
      // whoever is let in again brings its roster up to date by hand: an invite does
      Object.assign(diskOf.get(one.peerId) as Disk, { roster: disks[0]?.roster });
      trustChanged(again);
      const back = peers.get(one.peerId);
      if (back !== undefined) trustChanged(back);
    };
  }
  const look = (): void => {
    const of = (what: 'running' | 'waiting') => peerIds.map((peerId) => peers.get(peerId)?.lead.admission[what]() ?? 0);
    samples.push({
      at: time.now(),
      ids: peerIds,
      running: of('running'),
      waiting: of('waiting'),
      state: machines.map(({ state }) => state),
    });
    options.progress?.(time.now(), whole);
    if (options.sampleMs && time.now() < whole) time.after(options.sampleMs, look);
  };

  const whole = Math.max(beginMs + scenario.minutes * 60_000, ...scenario.faults.map(({ at, ms }) => at + ms));
  for (const index of machines.keys()) boot(index);
  if (options.sampleMs) look();
  for (const question of scenario.questions) time.at(question.at, () => ask(question));
  for (const fault of scenario.faults) {
    time.at(fault.at, () => {
      const end = begin(fault);
      time.after(fault.ms, end);
    });
  }
  await time.run(whole);
  for (const [index, { state }] of machines.entries()) {
    if (state === 'off') boot(index);
    if (state === 'asleep') wake(index);
  }
  const open = (): boolean => answers.some(({ end }) => end === 'open');
  if (open()) await time.run(time.now() + patienceMs, () => !open());
  const ended = time.now();
  await time.run(ended + settleMs);
  // after all that everybody who is a member gets an answer
  for (const [by, { peerId }] of machines.entries()) {
    if (removed.has(peerId)) continue;
    ask({
      number: scenario.questions.length + 1 + by,
      by,
      at: time.now(),
      tokens: 5,
      filler: 0,
      model: 'large',
      wait: true,
      pinned: undefined,
      stopMs: undefined,
    });
  }
  await time.run(time.now() + patienceMs, () => !open());
  await time.run(time.now() + quietMs);
  for (const peer of peers.values()) rules.quiet(peer);
  judge(scenario, answers, new Set([...removed.keys()].map((peerId) => peerIds.indexOf(peerId))), rules.fails);
  for (const [index, { peerId }] of machines.entries())
    written[index] = (written[index] ?? 0) + (peers.get(peerId)?.engine()?.written() ?? 0);
  return { scenario, answers, violations: rules.violations, trace, ms: ended, events: time.events(), samples, written };
}

/** How questions may end. */
function judge(
  { faults }: Scenario,
  answers: readonly Answer[],
  removed: ReadonlySet<number>,
  fails: (rule: Violation['rule'], what: string) => void,
): void {
  const everRevoked = new Set(faults.flatMap((fault) => (fault.kind === 'revoke' ? [fault.machine] : [])));
  const full = new Set<Answer['code']>(['queue-full', 'rate-limited', 'quota-used']);
  for (const { question, end, code } of answers) {
    const who = `question ${question.number}`;
    if (end === 'open') fails('endless', `${who} never ended`);
    if (end !== 'failed' || everRevoked.has(question.by) || removed.has(question.by)) continue;
    if (question.pinned !== undefined || full.has(code)) continue;
    if (question.wait || faults.length === 0)
      fails('lost', `${who} failed with ${code}${question.wait ? ' though it may wait' : ' in a swarm without faults'}`);
  }
}

function sides(link: Link): [Machine, Machine][] {
  return [
    [link.a, link.b],
    [link.b, link.a],
  ];
}

function other(link: Link, side: Machine): Machine {
  return link.a === side ? link.b : link.a;
}
