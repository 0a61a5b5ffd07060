import { beforeEach, describe, expect, test } from 'vitest';
import { fakeCrypto as crypto, fakePeer } from '../../test/fakes/fake-signing.ts';
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
  meet,
  newCode,
  outOf,
  promote,
  rename,
  revoke,
  rolesOf,
  say,
} from '../../test/fakes/small-swarm.ts';
import { defaultPermissions } from '../../src-shared/member.ts';
import { heads, merge, state, statements, type Roster } from './roster.ts';
import { type Op } from './statement.ts';

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
    // not with what it was granted before it was out
    const granted = say(b, four, { op: 'permissions', device: a, permissions: { ...defaultPermissions, execute: true } }, revoke(a));
    expect(state(say(code, granted, { op: 'recover', device: a })).members.get(a)?.permissions).toEqual(defaultPermissions);
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
  let renewed: Roster;
  beforeEach(() => {
    renewed = say(a, four, { op: 'recovery', recovery: newCode });
  });

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
