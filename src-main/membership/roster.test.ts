import { describe, expect, test } from 'vitest';
import { fakeCrypto, fakePeer, fakeSigner } from '../../test/fakes/fake-signing.ts';
import { Failure } from '../../src-shared/failure.ts';
import { defaultPermissions } from '../../src-shared/member.ts';
import { maxOwnRenames } from './graph.ts';
import type { Crypto, Statement } from './ports.ts';
import {
  crowded,
  emptyRoster,
  foundRoster,
  heads,
  maxOrdinary,
  maxStatements,
  maxWaiting,
  merge,
  state,
  statements,
  swarmOf,
  write,
  type Roster,
} from './roster.ts';
import { bodyText, maxParents, signedText, type Op, type StatementBody } from './statement.ts';

const crypto = fakeCrypto;
const [a, b, c, d, e, code, newCode] = ['A', 'B', 'C', 'D', 'E', 'R', 'S'].map(fakePeer) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const hash = (text: string): string => crypto.hash(text);
const idOf = ({ body }: Statement): string => crypto.hash(body);
const say = (by: string, roster: Roster, ...ops: Op[]): Roster =>
  ops.reduce((before, op) => write(crypto, fakeSigner(by), by, before, op).roster, roster);
const admit = (device: string, name = device.slice(-1)): Op => ({ op: 'admit', device, name, permissions: defaultPermissions });
const promote = (device: string): Op => ({ op: 'role', device, role: 'admin' });
const demote = (device: string): Op => ({ op: 'role', device, role: 'member' });
const revoke = (device: string): Op => ({ op: 'revoke', device, why: 'removed' });
const rename = (device: string, name: string): Op => ({ op: 'rename', device, name });
const meet = (one: Roster, ...others: Roster[]): Roster => others.reduce((all, other) => merge(crypto, all, statements(other)).roster, one);
const rolesOf = (roster: Roster): Record<string, string> =>
  Object.fromEntries([...state(roster).members].map(([peerId, { role }]) => [peerId.slice(-1), role]));
const outOf = (roster: Roster): string => [...state(roster).revoked.keys()].map((peerId) => peerId.slice(-1)).join('');
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
  return 'none';
};

const begun = foundRoster(crypto, fakeSigner(a), a, { name: 'A', epochHash: hash('k1'), recovery: code });
const swarm = idOf(begun.statement);
/** a and b are admins, c and d members. */
const four = say(a, begun.roster, admit(b), promote(b), admit(c), admit(d));

/** Truly signed, whatever the author's program would have to say to it. */
function forge(by: string, parents: readonly string[], op: Op | Record<string, unknown>): Statement {
  const body = bodyText({ v: 1, swarm, parents: [...new Set(parents)].toSorted(), by, ...op } as StatementBody);
  return { body, signature: fakeSigner(by)(signedText(body)) };
}

describe('a roster', () => {
  test('is nothing before it is founded', () => {
    expect(state(emptyRoster())).toEqual({
      swarm: null,
      members: new Map(),
      revoked: new Map(),
      epoch: null,
      keyHashes: new Map(),
      recovery: null,
      needsRotation: false,
    });
    expect([heads(emptyRoster()), statements(emptyRoster())]).toEqual([[], []]);
    expect(codeOf(() => say(a, emptyRoster(), admit(b)))).toBe('not-admin');
  });

  test('begins with its founder as admin', () => {
    expect(state(begun.roster)).toEqual({
      swarm,
      members: new Map([[a, { name: 'A', role: 'admin', permissions: defaultPermissions }]]),
      revoked: new Map(),
      epoch: { number: 1, keyHash: hash('k1'), id: swarm },
      keyHashes: new Map([[hash('k1'), 1]]),
      recovery: code,
      needsRotation: false,
    });
    expect(heads(begun.roster)).toEqual([swarm]);
    expect(statements(begun.roster)).toEqual([begun.statement]);
    expect(state(begun.roster)).toBe(state(begun.roster));
    const { roster } = foundRoster(crypto, fakeSigner(a), a, { name: 'A', epochHash: hash('k1') });
    expect(state(roster).recovery).toBeNull();
    expect(codeOf(() => foundRoster(crypto, fakeSigner(a), a, { name: '', epochHash: hash('k1') }))).toBe('bad-request');
  });

  test('grows by what admins say, each after all that its author knew', () => {
    expect(rolesOf(four)).toEqual({ A: 'admin', B: 'admin', C: 'member', D: 'member' });
    expect(statements(four)).toHaveLength(5);
    expect([...state(four).members.keys()]).toEqual([a, b, c, d]);
    const { roster, statement } = write(
      crypto,
      fakeSigner(b),
      b,
      meet(say(a, four, rename(c, 'left')), say(b, four, rename(d, 'right'))),
      rename(c, 'both'),
    );
    expect(JSON.parse(statement.body)).toMatchObject({ swarm, by: b, op: 'rename' });
    expect(JSON.parse(statement.body).parents).toHaveLength(2);
    expect(heads(roster)).toEqual([idOf(statement)]);
    expect(state(roster).members.get(c)?.name).toBe('both');
    // what was before is as it was
    expect(statements(four)).toHaveLength(5);
    expect(crypto.verify(b, signedText(statement.body), statement.signature)).toBe(true);
  });
});

describe('who may say what', () => {
  test.each<[string, string, Op, string]>([
    ['a member admits', c, admit(e), 'not-admin'],
    ['a member removes another', c, revoke(d), 'not-admin'],
    ['a member renames another', c, rename(d, 'x'), 'not-admin'],
    ['a member promotes itself', c, promote(c), 'not-admin'],
    ['a member grants itself', c, { op: 'permissions', device: c, permissions: defaultPermissions }, 'not-admin'],
    ['a member makes a key', c, { op: 'epoch', number: 2, keyHash: hash('k2') }, 'not-admin'],
    ['a member makes a recovery code', c, { op: 'recovery', recovery: newCode }, 'not-admin'],
    ['an admin recovers without the code', a, { op: 'recover', device: c }, 'not-admin'],
    ['a stranger leaves', e, revoke(e), 'not-admin'],
    ['a stranger renames itself', e, rename(e, 'x'), 'not-admin'],
    ['the code admits', code, admit(e), 'not-admin'],
    ['another code recovers', newCode, { op: 'recover', device: c }, 'not-admin'],
    ['an admin removes a stranger', a, revoke(e), 'not-found'],
    ['an admin renames a stranger', a, rename(e, 'x'), 'not-found'],
    ['an admin promotes a stranger', a, promote(e), 'not-found'],
    ['an admin grants a stranger', a, { op: 'permissions', device: e, permissions: defaultPermissions }, 'not-found'],
    ['an admin skips an epoch', a, { op: 'epoch', number: 3, keyHash: hash('k2') }, 'bad-request'],
    ['an admin says nonsense', a, rename(c, ''), 'bad-request'],
    ['an admin admits', a, admit(e), 'none'],
    ['the other admin removes an admin', b, revoke(a), 'none'],
    ['an admin demotes an admin', a, demote(b), 'none'],
    ['an admin demotes itself', b, demote(b), 'none'],
    ['a member leaves', c, { op: 'revoke', device: c, why: 'left' }, 'none'],
    ['a member renames itself', c, rename(c, 'x'), 'none'],
    ['the code recovers', code, { op: 'recover', device: e, name: 'E' }, 'none'],
    ['an admin makes a key', a, { op: 'epoch', number: 2, keyHash: hash('k2') }, 'none'],
  ])('%s', (_, by, op, failure) => {
    expect(codeOf(() => say(by, four, op))).toBe(failure);
  });

  test('what a program does not say on its own word, no other device believes', () => {
    const parents = heads(four);
    const all: [string, Op][] = [
      [c, admit(e)],
      [c, revoke(d)],
      [c, rename(d, 'x')],
      [c, promote(c)],
      [c, { op: 'epoch', number: 2, keyHash: hash('k2') }],
      [c, { op: 'permissions', device: c, permissions: { ...defaultPermissions, execute: true } }],
      [c, { op: 'recovery', recovery: newCode }],
      [c, { op: 'recover', device: c }],
      [a, { op: 'recover', device: c }],
      [a, { op: 'epoch', number: 3, keyHash: hash('k3') }],
      [e, revoke(e)],
      [e, rename(e, 'x')],
      [newCode, { op: 'recover', device: c }],
    ];
    const merged = merge(
      crypto,
      four,
      all.map(([by, op]) => forge(by, parents, op)),
    );
    expect(merged).toMatchObject({ added: [], refused: all.length });
    expect(merged.roster.graph).toBe(four.graph);
  });

  test('somebody stays admin', () => {
    const one = say(a, begun.roster, admit(c));
    expect(codeOf(() => say(a, one, revoke(a)))).toBe('last-admin');
    expect(codeOf(() => say(a, one, demote(a)))).toBe('last-admin');
    expect(codeOf(() => say(a, one, demote(c)))).toBe('none');
    expect(codeOf(() => say(a, one, revoke(c)))).toBe('none');
    expect(codeOf(() => say(a, four, promote(a)))).toBe('none');
    expect(codeOf(() => say(a, four, rename(a, 'still')))).toBe('none');
  });
});

describe('merging', () => {
  test('adopts only the swarm that it is told to', () => {
    const news = statements(four);
    expect(merge(crypto, emptyRoster(), news)).toEqual({ roster: emptyRoster(), added: [], refused: 5 });
    expect(merge(crypto, emptyRoster(), news, { swarm: hash('other') })).toMatchObject({ added: [], refused: 5 });
    const merged = merge(crypto, emptyRoster(), news.toReversed(), { swarm });
    expect(merged).toMatchObject({ refused: 0 });
    expect(merged.added).toEqual(news);
    expect(state(merged.roster)).toEqual(state(four));
    expect(swarmOf(crypto, news)).toBe(swarm);
    expect(swarmOf(crypto, [null, ...news.toReversed()])).toBe(swarm);
    expect(swarmOf(crypto, news.slice(1))).toBeNull();
  });

  test('takes nothing of another swarm, not even its beginning', () => {
    const other = foundRoster(crypto, fakeSigner(a), a, { name: 'other', epochHash: hash('k') }).roster;
    const merged = merge(crypto, four, statements(say(a, other, admit(e))), { swarm: hash('ignored') });
    expect(merged).toMatchObject({ added: [], refused: 2 });
    expect(merged.roster).toBe(four);
  });

  test('takes what it knows once', () => {
    const merged = merge(crypto, four, [...statements(four), ...statements(four)]);
    expect(merged).toEqual({ roster: four, added: [], refused: 0 });
    const next = say(a, four, admit(e));
    const [last] = statements(next).slice(-1) as [Statement];
    expect(merge(crypto, four, [last, last])).toMatchObject({ added: [last], refused: 0 });
  });

  test('believes no signature but the author’s, and no text but the signed one', () => {
    const parents = heads(four);
    const good = forge(a, parents, admit(e));
    const bad: unknown[] = [
      { ...good, signature: fakeSigner(b)(signedText(good.body)) },
      { ...forge(a, parents, admit(e, 'other')), signature: fakeSigner(a)(good.body) },
      { ...good, body: good.body.replace('"models":false', '"models":true') },
      { body: good.body },
      null,
      'x',
      // not even until its past comes
      { ...forge(a, [hash('unknown')], admit(e)), signature: fakeSigner(b)('x') },
    ];
    const merged = merge(crypto, four, bad);
    expect(merged).toMatchObject({ added: [], refused: bad.length });
    expect(merged.roster.waiting.size).toBe(0);
    expect(merge(crypto, four, [good, ...bad])).toMatchObject({ added: [good], refused: bad.length });
    expect(merge(crypto, four, [...bad, good]).added).toEqual([good]);
  });

  test('lets statements wait for their past', () => {
    const news = statements(say(a, four, admit(e), rename(e, 'x')));
    const first = merge(crypto, four, news.slice(6));
    expect(first).toMatchObject({ added: [], refused: 0 });
    expect(first.roster.graph).toBe(four.graph);
    expect(first.roster.waiting.size).toBe(1);
    expect(merge(crypto, first.roster, news.slice(6))).toMatchObject({ added: [], refused: 0, roster: first.roster });
    const second = merge(crypto, first.roster, news.slice(5, 6));
    expect(second.added).toEqual(news.slice(5));
    expect(second.roster.waiting.size).toBe(0);
    // also while it writes itself
    const written = say(b, first.roster, rename(d, 'y'));
    expect(state(merge(crypto, written, news.slice(5, 6)).roster).members.get(e)?.name).toBe('x');
  });

  test('lets only so many wait', () => {
    const many = Array.from({ length: maxWaiting + 3 }, (_, index) => forge(a, [hash(`${index}`)], admit(e)));
    const { roster } = merge(crypto, four, many);
    expect([...roster.waiting.keys()]).toEqual(many.slice(3).map(idOf));
  });

  test('refuses what builds on what it refused', () => {
    const bad = forge(c, heads(four), admit(e));
    const onTop = forge(a, [idOf(bad)], admit(e));
    const merged = merge(crypto, four, [bad, onTop]);
    expect(merged.added).toEqual([]);
    expect(state(merged.roster)).toEqual(state(four));
  });
});

describe('removal', () => {
  test('wins over an admission, a promotion and a grant that did not know of it', () => {
    const out = say(a, four, revoke(c));
    const meanwhile = say(
      b,
      four,
      promote(c),
      admit(c),
      { op: 'permissions', device: c, permissions: defaultPermissions },
      rename(c, 'kept'),
    );
    const met = meet(out, meanwhile);
    expect(rolesOf(met)).toEqual({ A: 'admin', B: 'admin', D: 'member' });
    expect([...state(met).revoked]).toEqual([[c, { name: 'kept' }]]);
    expect(state(meet(meanwhile, out))).toEqual(state(met));
  });

  test('is over once an admission knows of it; what was granted before is not', () => {
    const grants = say(a, four, promote(c), { op: 'permissions', device: c, permissions: { ...defaultPermissions, execute: true } });
    const back = say(a, grants, revoke(c), admit(c, 'again'));
    expect(state(back).members.get(c)).toEqual({ name: 'again', role: 'member', permissions: defaultPermissions });
    expect(outOf(back)).toBe('');
    expect(rolesOf(say(a, back, promote(c)))).toMatchObject({ C: 'admin' });
    // a second removal that did not know of the first one's end
    expect(outOf(meet(back, say(b, grants, revoke(c))))).toBe('C');
  });

  test('makes void what the removed device says elsewhere, and what others say by its right', () => {
    const out = say(a, four, revoke(b));
    const hidden = say(b, four, admit(e), promote(e), rename(d, 'mine'), { op: 'epoch', number: 2, keyHash: hash('kb') });
    const further = say(e, hidden, admit(fakePeer('F')));
    const met = meet(out, further);
    expect(rolesOf(met)).toEqual({ A: 'admin', C: 'member', D: 'member' });
    expect(outOf(met)).toBe('B');
    expect(state(met).members.get(d)?.name).toBe('D');
    expect(state(met)).toMatchObject({ epoch: { number: 1 }, needsRotation: true });
    expect([...state(met).keyHashes.keys()]).toEqual([hash('k1')]);
    expect(state(meet(further, out))).toEqual(state(met));
    // and nothing of it takes room
    expect(statements(met)).toHaveLength(6);
    expect(heads(meet(further, out))).toEqual(heads(out));
  });

  test('leaves standing what it knew of', () => {
    const out = say(a, say(b, four, admit(e), rename(d, 'renamed')), revoke(b));
    expect(rolesOf(out)).toEqual({ A: 'admin', C: 'member', D: 'member', E: 'member' });
    expect(state(out).members.get(d)?.name).toBe('renamed');
  });

  test('keeps what is void while something that counts builds on it', () => {
    const hidden = say(b, four, rename(d, 'mine'));
    const built = say(a, hidden, rename(c, 'on top'));
    const third = say(a, say(a, four, admit(e), promote(e)), rename(e, 'E'));
    const out = say(e, third, revoke(b));
    const met = meet(out, built);
    expect(state(met).members.get(c)?.name).toBe('on top');
    expect(state(met).members.get(d)?.name).toBe('D');
    expect(statements(met)).toHaveLength(statements(out).length + 2);
  });

  test('lets what is void wait for something that counts and builds on it', () => {
    const hidden = say(b, four, rename(d, 'mine'));
    const built = say(a, hidden, rename(c, 'on top'));
    const out = say(a, four, revoke(b));
    const alone = merge(crypto, out, statements(hidden));
    expect(alone).toMatchObject({ added: [], refused: 1 });
    expect(alone.roster.graph).toBe(out.graph);
    const last = statements(built).slice(-1);
    const met = merge(crypto, alone.roster, last);
    expect(met.added).toHaveLength(2);
    expect(met.refused).toBe(0);
    expect(state(met.roster).members.get(c)?.name).toBe('on top');
  });

  test('of each other takes both out; the recovery code brings one back', () => {
    const met = meet(say(a, four, revoke(b)), say(b, four, revoke(a)));
    expect(rolesOf(met)).toEqual({ C: 'member', D: 'member' });
    expect(outOf(met)).toBe('AB');
    const again = say(code, met, { op: 'recover', device: c });
    expect(rolesOf(again)).toEqual({ C: 'admin', D: 'member' });
    expect(state(again).members.get(c)).toMatchObject({ name: 'C', permissions: defaultPermissions });
    expect(rolesOf(say(c, again, admit(a)))).toEqual({ A: 'member', C: 'admin', D: 'member' });
    expect(rolesOf(say(code, met, { op: 'recover', device: a }))).toMatchObject({ A: 'admin' });
  });

  test('by a removed device that did not know of its own removal counts, as ever', () => {
    const met = meet(say(a, four, revoke(b)), say(b, four, revoke(c)));
    expect(outOf(met)).toBe('BC');
  });

  test('of the admin role is as strong', () => {
    const met = meet(say(a, four, demote(b)), say(b, four, admit(e), promote(c)));
    expect(rolesOf(met)).toEqual({ A: 'admin', B: 'member', C: 'member', D: 'member' });
    expect(rolesOf(say(a, met, promote(b)))).toMatchObject({ B: 'admin' });
    expect(rolesOf(meet(say(a, four, demote(b)), say(b, four, promote(b))))).toMatchObject({ B: 'member' });
    expect(state(say(a, four, demote(b))).needsRotation).toBe(false);
  });

  test('by oneself is leaving', () => {
    const left = say(c, four, { op: 'revoke', device: c, why: 'left' });
    expect(outOf(left)).toBe('C');
    expect(state(left).needsRotation).toBe(true);
  });

  test('of a device without a name that counts shows the end of its id', () => {
    const met = meet(say(a, four, revoke(b)), say(b, four, admit(e)));
    const banned = merge(crypto, met, [forge(a, heads(met), revoke(e))]).roster;
    expect([...state(banned).revoked]).toEqual([
      [b, { name: 'B' }],
      [e, { name: e.slice(-6) }],
    ]);
  });
});

describe('of several that do not know of each other', () => {
  test('names: the lowest id; permissions: only what all grant', () => {
    const grant = (permissions: Partial<typeof defaultPermissions>): Op => ({
      op: 'permissions',
      device: c,
      permissions: { ...defaultPermissions, ...permissions },
    });
    const [one, two] = [
      say(a, four, grant({ models: true, split: true }), rename(c, 'one')),
      say(b, four, grant({ chat: false, models: true }), rename(c, 'two')),
    ];
    const met = meet(one, two);
    const lowest = heads(one)[0]! < heads(two)[0]! ? 'one' : 'two';
    expect(state(met).members.get(c)).toEqual({
      name: lowest,
      role: 'member',
      permissions: { chat: false, models: true, split: false, execute: false },
    });
    expect(state(meet(two, one))).toEqual(state(met));
    expect(state(say(a, met, grant({ execute: true }))).members.get(c)?.permissions).toEqual({ ...defaultPermissions, execute: true });
  });

  test('epochs: the highest number, then the lowest id; and a new one as long as a removal is not in its past', () => {
    const epoch = (number: number, key: string): Op => ({ op: 'epoch', number, keyHash: hash(key) });
    const [one, two] = [say(a, four, revoke(c), epoch(2, 'ka')), say(b, four, revoke(d), epoch(2, 'kb'))];
    expect(state(one)).toMatchObject({ epoch: { number: 2, keyHash: hash('ka'), id: heads(one)[0] }, needsRotation: false });
    const met = meet(one, two);
    const [lowest] = [heads(one)[0]!, heads(two)[0]!].toSorted();
    expect(state(met)).toMatchObject({ epoch: { number: 2, id: lowest }, needsRotation: true });
    expect(state(meet(two, one))).toEqual(state(met));
    expect(state(met).keyHashes).toEqual(new Map([[hash('k1'), 1], ...[hash('ka'), hash('kb')].map((key): [string, number] => [key, 2])]));
    expect(state(meet(say(a, one, epoch(3, 'kc')), two)).epoch).toMatchObject({ number: 3, keyHash: hash('kc') });
    const healed = say(a, met, epoch(3, 'kd'));
    expect(state(healed)).toMatchObject({ epoch: { number: 3, keyHash: hash('kd') }, needsRotation: false });
    // the same key by another number keeps the higher
    expect(state(say(a, healed, epoch(4, 'k1'))).keyHashes.get(hash('k1'))).toBe(4);
  });

  test('recovery codes: the lowest id', () => {
    const [one, two] = [say(a, four, { op: 'recovery', recovery: newCode }), say(b, four, { op: 'recovery', recovery: e })];
    expect(state(meet(one, two)).recovery).toBe(heads(one)[0]! < heads(two)[0]! ? newCode : e);
    expect(state(one).recovery).toBe(newCode);
  });
});

describe('the recovery code', () => {
  const renewed = say(a, four, { op: 'recovery', recovery: newCode });

  test('is worth nothing once there is a new one, wherever it is used', () => {
    expect(codeOf(() => say(code, renewed, { op: 'recover', device: e }))).toBe('not-admin');
    const stolen = forge(code, heads(four), { op: 'recover', device: e });
    for (const met of [merge(crypto, renewed, [stolen]).roster, meet(merge(crypto, four, [stolen]).roster, renewed)]) {
      expect(rolesOf(met)).toEqual(rolesOf(four));
      expect(state(met).recovery).toBe(newCode);
    }
    // nor is what was done by it
    const thief = say(e, merge(crypto, four, [stolen]).roster, admit(fakePeer('F')));
    expect(rolesOf(meet(thief, renewed))).toEqual(rolesOf(four));
  });

  test('that was only written down again is the same', () => {
    const same = say(a, four, { op: 'recovery', recovery: code });
    expect(rolesOf(meet(say(code, four, { op: 'recover', device: c }), same))).toMatchObject({ C: 'admin' });
    expect(rolesOf(meet(same, say(code, four, { op: 'recover', device: c })))).toMatchObject({ C: 'admin' });
  });

  test('of a removed admin gives nobody anything', () => {
    const hidden = say(b, four, { op: 'recovery', recovery: newCode });
    const used = say(newCode, hidden, { op: 'recover', device: e, name: 'E' });
    expect(rolesOf(used)).toMatchObject({ E: 'admin' });
    const met = meet(used, say(a, four, revoke(b)));
    expect(rolesOf(met)).toEqual({ A: 'admin', C: 'member', D: 'member' });
    expect(state(met).recovery).toBe(code);
  });

  test('names a device that nobody named', () => {
    expect(state(say(code, four, { op: 'recover', device: e, name: 'new' })).members.get(e)?.name).toBe('new');
    expect(state(say(code, four, { op: 'recover', device: e })).members.get(e)?.name).toBe(e.slice(-6));
  });
});

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
    const gone = forge(b, parents, revoke(d));
    const other = forge(b, parents, rename(a, 'x'));
    const { roster } = merge(crypto, four, [...wide, gone, other]);
    expect(heads(roster)).toHaveLength(maxParents + 12);
    const { statement, roster: next } = write(crypto, fakeSigner(a), a, roster, admit(d));
    const named: string[] = JSON.parse(statement.body).parents;
    expect(named).toHaveLength(maxParents);
    expect(named).toEqual(expect.arrayContaining([idOf(gone), idOf(other)]));
    expect(named).toEqual(named.toSorted());
    expect(rolesOf(next)).toMatchObject({ D: 'member' });
  });
});
