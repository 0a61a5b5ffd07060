// The network between the machines: links with delay, jitter and loss that can be cut; TCP's order within a stream and none between two.
// What is sent into a cut waits for its end, or is lost with the link when that is found broken.
import type { PeerId } from '../../../src-shared/peer.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** What network/ takes (reliability.md section 0): a killed process is seen at once, silence in 1.9 s (or 3.5 s, by beats), a redial in 0.2 to 1.8 s. */
export const wirePace = { resetMs: 45, silentMs: [1900, 3500], redialMs: [200, 1800], retransmitMs: 200 } as const;

export type LinkSpec = { latencyMs: number; jitterMs: number; loss: number };

export type Link = {
  readonly a: Machine;
  readonly b: Machine;
  readonly spec: LinkSpec;
  /** Both may speak; grows with each new connection. */
  epoch: number;
  up: boolean;
  /** Cuts that hold now. */
  cuts: number;
  /** Delays take so many times as long. */
  slowness: number;
  /** One of them does not let the other one in. */
  barred: boolean;
  /** Arrived at a cut. */
  stalled: (() => void)[];
  cancel: () => void;
  tellLoss: (() => void)[];
};

/** One direction of a stream: the latest arrival so far. */
export type Course = { last: number };

export type WireEvents = {
  up(link: Link): void;
  /** One side finds the connection broken; the other one at another time. */
  lost(link: Link, side: Machine, epoch: number): void;
  /** Whether the two would speak with each other at all. */
  welcome(link: Link): boolean;
  /** They reached each other, and at least one of them closed the door: as network/ tells a removed device that dials. */
  refused(link: Link): void;
};

export type Wires = {
  link(a: PeerId, b: PeerId): Link;
  of(peerId: PeerId): readonly Link[];
  /** Delivers to the other side, in order within its course, unless the link breaks before. */
  send(link: Link, to: Machine, course: Course, arrive: () => void): void;
  /** The same to many, at about the same time. */
  broadcast(from: Machine, arrive: (to: Machine) => void): void;
  cut(link: Link, how: 'silent' | 'killed'): void;
  heal(link: Link): void;
  /** It slept, woke, died or came back. */
  machineChanged(machine: Machine, how: 'silent' | 'killed' | 'back'): void;
  /** One side throws the other out, or would have it again. */
  look(link: Link): void;
};

export function wires(
  time: Timeline,
  random: Random,
  machines: readonly Machine[],
  specOf: (a: Machine, b: Machine) => LinkSpec,
  events: WireEvents,
): Wires {
  const links = new Map<string, Link>();
  const byPeer = new Map<PeerId, Link[]>(machines.map(({ peerId }) => [peerId, []]));
  const nameOf = (a: PeerId, b: PeerId): string => (a < b ? `${a} ${b}` : `${b} ${a}`);
  const nothing = (): void => undefined;
  for (const [index, a] of machines.entries()) {
    for (const b of machines.slice(index + 1)) {
      const link: Link = {
        ...{ a, b, spec: specOf(a, b), epoch: 0, up: false, cuts: 0, slowness: 1, barred: false },
        ...{ stalled: [], cancel: nothing, tellLoss: [] },
      };
      links.set(nameOf(a.peerId, b.peerId), link);
      byPeer.get(a.peerId)?.push(link);
      byPeer.get(b.peerId)?.push(link);
    }
  }

  const passes = ({ a, b, cuts }: Link): boolean => cuts === 0 && a.state === 'up' && b.state === 'up';
  const delay = ({ spec, slowness }: Link): number => {
    let ms = (spec.latencyMs + random.next() * spec.jitterMs) * slowness;
    while (random.chance(spec.loss)) ms += wirePace.retransmitMs;
    return ms;
  };
  const tellLoss = (link: Link): void => {
    for (const tell of link.tellLoss.splice(0)) tell();
  };
  const bring = (link: Link): void => {
    if (!passes(link) || link.up) return;
    if (!events.welcome(link)) {
      events.refused(link);
      return;
    }
    tellLoss(link);
    link.up = true;
    link.epoch += 1;
    events.up(link);
  };
  /** Each side notices for itself; whoever was reset notices at once. */
  const lose = (link: Link, lagMs: number): void => {
    if (!link.up) return;
    const { epoch } = link;
    link.up = false;
    link.stalled = [];
    for (const [index, side] of random.shuffled([link.a, link.b]).entries()) {
      const { life } = side;
      let told = false;
      const tell = (): void => {
        if (told) return;
        told = true;
        life.do(() => events.lost(link, side, epoch));
      };
      link.tellLoss.push(tell);
      if (index === 0) tell();
      else time.after(random.between(0, lagMs), tell);
    }
  };
  const look = (link: Link, how: 'silent' | 'killed' | 'back' = 'silent'): void => {
    link.cancel();
    if (link.up && !events.welcome(link)) {
      lose(link, 50);
      return;
    }
    if (passes(link)) {
      if (link.up) for (const arrive of link.stalled.splice(0)) time.after(0, arrive);
      else link.cancel = time.after(random.between(...wirePace.redialMs), () => bring(link));
    } else if (link.up) {
      const ms = how === 'killed' ? wirePace.resetMs : random.between(...wirePace.silentMs);
      link.cancel = time.after(ms, () => lose(link, how === 'killed' ? 0 : 1000));
    }
  };

  return {
    link(a, b) {
      const found = links.get(nameOf(a, b));
      if (found === undefined) throw new Error(`no link from ${a} to ${b}`);
      return found;
    },
    of: (peerId) => byPeer.get(peerId) ?? [],
    send(link, to, course, arrive) {
      const { epoch } = link;
      const { life } = to;
      const arrived = (): void => {
        if (!link.up || link.epoch !== epoch) return;
        if (passes(link)) life.do(arrive);
        else link.stalled.push(arrived);
      };
      course.last = Math.max(time.now() + delay(link), course.last);
      time.at(course.last, arrived);
    },
    broadcast(from, arrive) {
      const waves = new Map<number, Link[]>();
      for (const link of byPeer.get(from.peerId) ?? []) {
        if (!link.up) continue;
        const ms = Math.ceil(delay(link) / 5) * 5;
        const wave = waves.get(ms);
        if (wave === undefined) waves.set(ms, [link]);
        else wave.push(link);
      }
      for (const [ms, wave] of waves) {
        const epochs = wave.map(({ epoch }) => epoch);
        time.after(ms, () => {
          for (const [index, link] of wave.entries()) {
            if (!link.up || link.epoch !== epochs[index]) continue;
            const to = link.a === from ? link.b : link.a;
            if (passes(link)) to.life.do(() => arrive(to));
            else link.stalled.push(() => link.up && link.epoch === epochs[index] && to.life.do(() => arrive(to)));
          }
        });
      }
    },
    cut(link, how) {
      link.cuts += 1;
      look(link, how);
    },
    heal(link) {
      link.cuts -= 1;
      look(link);
    },
    machineChanged({ peerId }, how) {
      for (const link of byPeer.get(peerId) ?? []) look(link, how);
    },
    look: (link) => look(link),
  };
}
