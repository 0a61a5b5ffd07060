// Whose turn is next: of those who hold the fewest slots the one whose last turn is longest ago, and of one member's questions the oldest.
// So a member who asks thousands of things waits for himself, and the others hardly notice.
import type { PeerId } from '../../src-shared/peer.ts';

export type Place = { readonly from: PeerId };

export type Turns = {
  took(from: PeerId): void;
  gave(from: PeerId): void;
  /** The line in the order in which it would be served if no running answer ended; `line` is in order of arrival. */
  order<T extends Place>(line: readonly T[]): T[];
  /** The place that makes way for a question of `from` in a full line: the newest of whoever has most there. undefined: the newcomer is as greedy. */
  makesWay<T extends Place>(line: readonly T[], from: PeerId): T | undefined;
  /** Forgets those who neither run nor wait. */
  keep(line: readonly Place[]): void;
};

type Held = { running: number; lastTurn: number };

export function turns(): Turns {
  const members = new Map<PeerId, Held>();
  let turn = 0;
  const held = (from: PeerId): Held => members.get(from) ?? { running: 0, lastTurn: 0 };

  return {
    took(from) {
      members.set(from, { running: held(from).running + 1, lastTurn: (turn += 1) });
    },
    gave(from) {
      members.set(from, { ...held(from), running: held(from).running - 1 });
    },
    order(line) {
      const left = [...line];
      const played = new Map([...members].map(([from, state]) => [from, { ...state }]));
      let next = turn;
      return line.map(() => {
        const state = (place: Place): Held => played.get(place.from) ?? { running: 0, lastTurn: 0 };
        let best = 0;
        for (const [index, place] of left.entries()) if (before(state(place), state(left[best] ?? place))) best = index;
        const [chosen] = left.splice(best, 1) as [(typeof left)[number]];
        played.set(chosen.from, { running: state(chosen).running + 1, lastTurn: (next += 1) });
        return chosen;
      });
    },
    makesWay(line, from) {
      const counts = new Map<PeerId, number>();
      for (const place of line) counts.set(place.from, (counts.get(place.from) ?? 0) + 1);
      const most = Math.max(0, ...counts.values());
      if ((counts.get(from) ?? 0) + 1 >= most) return undefined;
      return line.findLast((place) => counts.get(place.from) === most);
    },
    keep(line) {
      const waiting = new Set(line.map((place) => place.from));
      for (const [from, { running }] of members) if (running === 0 && !waiting.has(from)) members.delete(from);
    },
  };
}

function before(one: Held, other: Held): boolean {
  return one.running === other.running ? one.lastTurn < other.lastTurn : one.running < other.running;
}
