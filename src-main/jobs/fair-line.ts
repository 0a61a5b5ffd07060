// Whose turn is next: deficit round robin on tokens, with a quantum of one token and the rounds counted instead of walked.
// In each round everyone who waits gets one token of credit; whoever has one is served, and pays what the answer takes (read and written).
// So members get equal tokens and not equal questions, and one who asks thousands of things waits for himself.
import type { PeerId } from '../../src-shared/peer.ts';

/** Debts of members who neither wait nor run are kept for at most so many of them. */
const keptDebts = 1024;

export type Place = {
  readonly from: PeerId;
  /** What the answer will probably take, tokens. */
  readonly cost: number;
  /** The machine belongs to this one: before everybody else. */
  readonly owner?: boolean;
  /** An answer that lost its leader: before what the same member asked anew. */
  readonly moved?: boolean;
};

export type Turns = {
  /** The place that is served next; undefined: nobody waits. Passes the rounds that this takes, and takes the place's cost. */
  next<T extends Place>(line: readonly T[]): T | undefined;
  /** An answer that runs takes more than was paid (or less: negative), tokens. */
  charge(from: PeerId, tokens: number): void;
  /** An answer of that member ended. */
  gave(from: PeerId): void;
  /** The line in the order in which it would be served if every answer took its cost; `line` is in order of arrival. */
  order<T extends Place>(line: readonly T[]): T[];
  /** The place that makes way for a question of `from` in a full line: the newest of whoever has most there. undefined: the newcomer is as greedy. */
  makesWay<T extends Place>(line: readonly T[], from: PeerId): T | undefined;
  /** Nobody runs or waits: whoever comes next begins anew. */
  rest(): void;
};

/** credit: tokens that may be used before others; below 0: had more than the others. turn: number of the last turn. running: answers. */
type Account = { credit: number; turn: number; running: number };

export function turns(): Turns {
  const accounts = new Map<PeerId, Account>();
  let turn = 0;

  return {
    next(line) {
      const chosen = choose(line, accounts);
      if (chosen === undefined) return undefined;
      turn = serve(chosen, line, accounts, turn);
      forget(accounts, line);
      return chosen;
    },
    gave(from) {
      const account = accounts.get(from);
      if (account !== undefined) account.running = Math.max(0, account.running - 1);
    },
    charge(from, tokens) {
      const account = accounts.get(from);
      if (account !== undefined) account.credit -= tokens;
    },
    order(line) {
      const left = [...line];
      const played = new Map([...accounts].map(([from, account]) => [from, { ...account }]));
      const ordered: typeof left = [];
      let last = turn;
      for (let chosen = choose(left, played); chosen !== undefined; chosen = choose(left, played)) {
        last = serve(chosen, left, played, last);
        left.splice(left.indexOf(chosen), 1);
        ordered.push(chosen);
      }
      return ordered;
    },
    makesWay(line, from) {
      const others = line.filter((place) => place.owner !== true);
      const counts = new Map<PeerId, number>();
      for (const place of others) counts.set(place.from, (counts.get(place.from) ?? 0) + 1);
      const most = Math.max(0, ...counts.values());
      if ((counts.get(from) ?? 0) + 1 >= most) return undefined;
      return others.findLast((place) => counts.get(place.from) === most);
    },
    rest: () => accounts.clear(),
  };
}

const fresh: Account = { credit: 0, turn: 0, running: 0 };

/** The owner; then whoever needs the fewest rounds; then whose last turn is longest ago; then who came first. */
function choose<T extends Place>(line: readonly T[], accounts: ReadonlyMap<PeerId, Account>): T | undefined {
  let best: T | undefined;
  for (const place of line) if (best === undefined || before(place, best, accounts)) best = place;
  return best;
}

function before(one: Place, other: Place, accounts: ReadonlyMap<PeerId, Account>): boolean {
  if ((one.owner === true) !== (other.owner === true)) return one.owner === true;
  if (one.from === other.from) return one.moved === true && other.moved !== true;
  const [a, b] = [accounts.get(one.from) ?? fresh, accounts.get(other.from) ?? fresh];
  return a.credit === b.credit ? a.turn < b.turn : a.credit > b.credit;
}

/** Passes the rounds until the chosen one has a token, and takes the cost. Returns the number of this turn. */
function serve(chosen: Place, line: readonly Place[], accounts: Map<PeerId, Account>, last: number): number {
  // the owner's turns are no part of the round
  if (chosen.owner === true) return last;
  const account = accounts.get(chosen.from) ?? { ...fresh };
  accounts.set(chosen.from, account);
  const rounds = Math.max(0, 1 - account.credit);
  const waiting = new Set(line.map(({ from }) => from));
  for (const from of waiting) if (!accounts.has(from)) accounts.set(from, { ...fresh });
  // who does not wait pays back, and saves nothing; more than that is what an answer did not take after all
  for (const [from, one] of accounts) one.credit = Math.min(one.credit + rounds, Math.max(waiting.has(from) ? 1 : 0, one.credit));
  account.credit -= chosen.cost;
  account.turn = last + 1;
  account.running += 1;
  return account.turn;
}

/** Whoever waits for nothing and owes nothing begins anew; so do the smallest debts when there are very many. */
function forget(accounts: Map<PeerId, Account>, line: readonly Place[]): void {
  const waiting = new Set(line.map(({ from }) => from));
  const kept = [...accounts].filter(([from, { running }]) => running === 0 && !waiting.has(from));
  for (const [from, { credit }] of kept) if (credit >= 0) accounts.delete(from);
  if (kept.length <= keptDebts) return;
  for (const [from] of kept.toSorted(([, a], [, b]) => b.credit - a.credit).slice(0, kept.length - keptDebts)) accounts.delete(from);
}
