import { describe, expect, test } from 'vitest';
import { fakeCrypto as crypto, fakeSigner } from '../../test/fakes/fake-signing.ts';
import {
  a,
  admit,
  b,
  begun,
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
  meet,
  newCode,
  promote,
  rename,
  revoke,
  rolesOf,
  say,
  swarm,
} from '../../test/fakes/small-swarm.ts';
import { defaultPermissions } from '../../src-shared/member.ts';
import type { Statement } from './ports.ts';
import { emptyRoster, foundRoster, heads, maxWaiting, merge, state, statements, swarmOf, write } from './roster.ts';
import { signedText, type Op } from './statement.ts';

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

describe('names', () => {
  const tricky = '\u202eB\u0007';

  test('are plain where they are written', () => {
    expect(state(say(a, begun.roster, { ...admit(b), name: tricky } as Op)).members.get(b)?.name).toBe('B');
    expect(state(foundRoster(crypto, fakeSigner(a), a, { name: tricky, epochHash: hash('k1') }).roster).members.get(a)?.name).toBe('B');
    expect(codeOf(() => say(a, begun.roster, { ...admit(b), name: '\u202e' } as Op))).toBe('bad-request');
  });

  test('of statements that were signed with more in them are shown without it, and the statement stands as it was written', () => {
    for (const [name, shown] of [
      [tricky, 'B'],
      ['\u202e', b.slice(-6)],
    ] as const) {
      const body = forge(a, [swarm], admit(b)).body.replace('"name":"B"', `"name":${JSON.stringify(name)}`);
      const old = { body, signature: fakeSigner(a)(signedText(body)) };
      const { roster, refused } = merge(crypto, begun.roster, [old]);
      expect(refused).toBe(0);
      expect(state(roster).members.get(b)?.name).toBe(shown);
      expect(statements(roster)).toContainEqual(old);
    }
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
    for (const op of [promote(a), rename(a, 'still'), { op: 'permissions', device: a, permissions: defaultPermissions }] satisfies Op[]) {
      expect(codeOf(() => say(a, one, op))).toBe('none');
    }
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
