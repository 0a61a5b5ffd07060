// The roster of this device: in memory as a value of membership/, on disk as the statements it is made of.
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Crypto, Sign, Statement } from '../membership/ports.ts';
import { emptyRoster, foundRoster, heads, merge, state, statements, swarmOf, write, type Roster as Value } from '../membership/roster.ts';
import type { RosterState } from '../membership/roster-state.ts';
import type { Op } from '../membership/statement.ts';
import type { Kept } from '../store/trust-files.ts';

/** What the roster says, once there is one. */
export type KeptRoster = RosterState & { readonly swarm: string; readonly heads: readonly string[] };

/** Who signs. */
export type Author = { readonly peerId: PeerId; readonly sign: Sign };

export type Staged = {
  /** What the roster would say. */
  readonly roster: KeptRoster | null;
  readonly changed: boolean;
  /** Makes it so, on disk first. */
  store(): void;
};

export type RosterBook = {
  /** null: this device knows no roster. */
  roster(): KeptRoster | null;
  statements(): readonly Statement[];
  readonly crypto: Crypto;
  hash(text: string): string;
  /** Merges what others say. adopt: also the roster of a swarm that is new to this device, in place of one that it had. */
  stage(news: readonly Statement[], adopt?: boolean): Staged;
  /** Begins a swarm with this device as its admin. */
  found(facts: { name: string; epochHash: string }): void;
  /** Says all of it or nothing. @throws Failure not-admin, not-found, last-admin, roster-full */
  write(...ops: Op[]): void;
  /** In another name: the recovery identity's. */
  writeAs(author: Author, op: Op): void;
  forget(now: Date): void;
  /** The file could not be read: the generation before, or nothing, is in force. */
  readonly damaged: boolean;
};

/** @param author this device; fails while there is no identity */
export function rosterBook(file: Kept<Statement[]>, crypto: Crypto, author: () => Author): RosterBook {
  let value = read(crypto, file.get());
  let known: { of: Value; roster: KeptRoster | null } | null = null;

  const rosterOf = (of: Value): KeptRoster | null => {
    const said = state(of);
    return said.swarm === null ? null : { ...said, swarm: said.swarm, heads: heads(of) };
  };
  const roster = (): KeptRoster | null => {
    if (known?.of !== value) known = { of: value, roster: rosterOf(value) };
    return known.roster;
  };
  const store = (next: Value): void => {
    file.set(statements(next));
    value = next;
  };

  return {
    roster,
    statements: () => statements(value),
    crypto,
    hash: (text) => crypto.hash(text),
    stage(news, adopt = false) {
      const swarm = adopt ? swarmOf(crypto, news) : null;
      const anew = swarm !== null && swarm !== roster()?.swarm;
      const merged = merge(crypto, anew ? emptyRoster() : value, news, swarm === null ? {} : { swarm });
      // what waits for its past changes nothing, and is kept in memory alone
      if (!anew && merged.added.length === 0) value = merged.roster;
      const changed = anew || merged.added.length > 0;
      return { roster: changed ? rosterOf(merged.roster) : roster(), changed, store: () => changed && store(merged.roster) };
    },
    found({ name, epochHash }) {
      const { peerId, sign } = author();
      store(foundRoster(crypto, sign, peerId, { name, epochHash }).roster);
    },
    write(...ops) {
      const { peerId, sign } = author();
      store(ops.reduce((before, op) => write(crypto, sign, peerId, before, op).roster, value));
    },
    writeAs: ({ peerId, sign }, op) => store(write(crypto, sign, peerId, value, op).roster),
    forget(now) {
      file.forget(now);
      value = emptyRoster();
    },
    get damaged() {
      return file.damaged && roster() === null;
    },
  };
}

/** A file with statements of another swarm among them, or none at all, is as good as its first one. */
function read(crypto: Crypto, kept: readonly Statement[]): Value {
  const swarm = swarmOf(crypto, kept);
  return swarm === null ? emptyRoster() : merge(crypto, emptyRoster(), kept, { swarm }).roster;
}

/** @throws Failure no-key */
export function nobodyYet(): never {
  throw new Failure('no-key', 'This machine is in no swarm yet.');
}
