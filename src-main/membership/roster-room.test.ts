import { describe, expect, test } from 'vitest';
import { fakeCrypto as crypto, fakeSigner } from '../../test/fakes/fake-signing.ts';
import {
  a,
  admit,
  b,
  c,
  code,
  codeOf,
  d,
  demote,
  e,
  forge,
  four,
  hash,
  idOf,
  newCode,
  outOf,
  promote,
  rename,
  revoke,
  rolesOf,
  say,
} from '../../test/fakes/small-swarm.ts';
import { maxOwnRenames } from './graph.ts';
import type { Crypto, Statement } from './ports.ts';
import { crowded, heads, maxOrdinary, maxStatements, merge, state, statements, write, type Roster } from './roster.ts';
import { maxParents, type Op } from './statement.ts';

describe('its room', () => {
  /** One after the other, by one author, on top of a roster. */
  function chain(by: string, from: Roster, count: number, op: (index: number) => Op): Statement[] {
    let parents = heads(from);
    return Array.from({ length: count }, (_, index) => {
      const statement = forge(by, parents, op(index));
      parents = [idOf(statement)];
      return statement;
    });
  }
  const grownTo = (size: number): Roster =>
    merge(
      crypto,
      four,
      chain(a, four, size - 5, (index) => rename(d, `n${index}`)),
    ).roster;
  const sizeOf = (roster: Roster): number => statements(roster).length;

  test('is not filled by a member that renames itself', () => {
    const names = chain(c, four, maxOwnRenames + 5, (index) => rename(c, `n${index}`));
    expect(merge(crypto, four, names).added).toHaveLength(maxOwnRenames);
    // an admin may, and may rename a member as often
    expect(
      merge(
        crypto,
        four,
        chain(b, four, maxOwnRenames + 5, (index) => rename(b, `n${index}`)),
      ).refused,
    ).toBe(0);
    expect(
      merge(
        crypto,
        four,
        chain(a, four, maxOwnRenames + 5, (index) => rename(c, `n${index}`)),
      ).refused,
    ).toBe(0);
    // other words of its own do not count
    const left = say(a, say(c, four, { op: 'revoke', device: c, why: 'left' }), admit(c));
    expect(
      merge(
        crypto,
        left,
        chain(c, left, maxOwnRenames, (index) => rename(c, `n${index}`)),
      ).added,
    ).toHaveLength(maxOwnRenames);
  });

  test('has a reserve for removals', () => {
    const nearly = grownTo(maxOrdinary - 1);
    expect(sizeOf(nearly)).toBe(maxOrdinary - 1);
    const ordinary = say(a, nearly, admit(e));
    for (const op of [admit(e), rename(c, 'x'), promote(c)]) expect(codeOf(() => say(a, ordinary, op))).toBe('roster-full');
    for (const op of [
      revoke(c),
      demote(b),
      { op: 'epoch', number: 2, keyHash: hash('k2') },
      { op: 'recovery', recovery: newCode },
    ] satisfies Op[]) {
      expect(codeOf(() => say(a, ordinary, op))).toBe('none');
    }
    expect(codeOf(() => say(code, ordinary, { op: 'recover', device: c }))).toBe('none');
  });

  test('ends', () => {
    const nearly = grownTo(maxStatements - 1);
    const full = say(a, nearly, revoke(c));
    expect(sizeOf(full)).toBe(maxStatements);
    expect(codeOf(() => say(a, full, { op: 'epoch', number: 2, keyHash: hash('k2') }))).toBe('roster-full');
    expect(codeOf(() => say(a, full, revoke(d)))).toBe('roster-full');
    const merged = merge(crypto, full, [forge(a, heads(full), rename(b, 'x'))]);
    expect(merged).toMatchObject({ added: [], refused: 1 });
    expect(sizeOf(merged.roster)).toBe(maxStatements);
    // of what comes at once, removals come in first
    const two = [forge(a, heads(nearly), revoke(c)), forge(b, heads(nearly), rename(d, 'last'))];
    for (const news of [two, two.toReversed()]) expect(merge(crypto, nearly, news)).toMatchObject({ added: two.slice(0, 1), refused: 1 });
    const removals = [forge(a, heads(nearly), revoke(c)), forge(b, heads(nearly), revoke(d))];
    expect(merge(crypto, nearly, removals)).toMatchObject({ added: removals.slice(0, 1), refused: 1 });
    // and what is built on stays
    const chained = chain(b, nearly, 3, (index) => rename(b, `${index}`));
    expect(merge(crypto, nearly, chained)).toMatchObject({ added: chained.slice(0, 1), refused: 2 });
  });

  test('is won back from a member that filled it with names of its own, by its removal', () => {
    const from = grownTo(maxStatements - 100);
    const parents = heads(from);
    const flood = Array.from({ length: 120 }, (_, index) => forge(c, parents, rename(c, `flood ${index}`)));
    const full = merge(crypto, from, flood).roster;
    expect(sizeOf(full)).toBe(maxStatements);
    const freed = say(a, full, revoke(c));
    expect(sizeOf(freed)).toBe(maxStatements - 99);
    expect(outOf(freed)).toBe('C');
    expect(codeOf(() => say(a, freed, { op: 'epoch', number: 2, keyHash: hash('k2') }))).toBe('none');
    expect(merge(crypto, freed, flood).added).toEqual([]);
    expect(sizeOf(merge(crypto, full, statements(freed)).roster)).toBe(maxStatements - 99);
  });

  test('below that a removal knows of all that its device said', () => {
    const named = say(c, four, rename(c, 'mine'));
    expect(state(say(a, named, revoke(c))).revoked.get(c)).toEqual({ name: 'mine' });
    expect(sizeOf(say(a, named, revoke(c)))).toBe(7);
    const larger = say(c, grownTo(crowded - 1), rename(c, 'mine'));
    expect(sizeOf(say(a, larger, rename(d, 'x'), revoke(c)))).toBe(crowded + 2);
    expect(sizeOf(say(a, larger, revoke(c)))).toBe(crowded);
    // only names that it gave itself, and on which nothing rests
    const acted = merge(crypto, grownTo(crowded), [forge(a, heads(four), rename(d, 'apart'))]).roster;
    const grown = say(b, acted, rename(b, 'mine'), admit(e));
    const out = say(a, grown, revoke(b));
    expect(rolesOf(out)).toMatchObject({ E: 'member' });
    expect([sizeOf(out), heads(out)]).toEqual([crowded + 4, heads(out).slice(0, 1)]);
    const beside = merge(crypto, grownTo(crowded), [forge(a, heads(four), rename(d, 'apart'))]).roster;
    expect(heads(say(a, beside, revoke(c)))).toHaveLength(1);
    // who leaves, leaves with all it said
    expect(sizeOf(say(c, larger, { op: 'revoke', device: c, why: 'left' }))).toBe(crowded + 1);
  });

  test('has no place for more than twice of itself at once', () => {
    const verified: string[] = [];
    const counting: Crypto = { ...crypto, verify: (by, text, signature) => (verified.push(by), crypto.verify(by, text, signature)) };
    const junk = Array.from({ length: 2 * maxStatements }, () => null);
    expect(merge(counting, four, [...junk, forge(a, heads(four), admit(e))])).toMatchObject({ added: [], refused: 2 * maxStatements + 1 });
    expect(verified).toEqual([]);
    // nor is a signature looked at where there is no right
    merge(counting, four, [forge(c, heads(four), admit(e))]);
    expect(verified).toEqual([]);
  });

  test('allows more heads than a statement names: removals and admins first', () => {
    const parents = heads(four);
    const wide = Array.from({ length: maxParents + 10 }, (_, index) => forge(c, parents, rename(c, `w${index}`)));
    // so many that no accident of their ids puts them all among the first
    const gone = [a, b].flatMap((by) => [forge(by, parents, revoke(d)), forge(by, parents, demote(d))]);
    const others = Array.from({ length: 20 }, (_, index) => forge(b, parents, rename(a, `x${index}`)));
    const { roster } = merge(crypto, four, [...wide, ...gone, ...others]);
    expect(heads(roster)).toHaveLength(maxParents + 34);
    const { statement, roster: next } = write(crypto, fakeSigner(a), a, roster, admit(d));
    const named: string[] = JSON.parse(statement.body).parents;
    expect(named).toHaveLength(maxParents);
    expect(named).toEqual(expect.arrayContaining([...gone, ...others].map(idOf)));
    expect(named).toEqual(named.toSorted());
    expect(rolesOf(next)).toMatchObject({ D: 'member' });
  });
});
