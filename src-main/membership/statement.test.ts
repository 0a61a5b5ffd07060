import { describe, expect, test } from 'vitest';
import { fakeCrypto as crypto, fakePeer, fakeSigner } from '../../test/fakes/fake-signing.ts';
import { bodyText, idOf, maxBody, maxParents, parseStatement, signedText, type StatementBody } from './statement.ts';

const [a, b] = ['A', 'B'].map(fakePeer) as [string, string];
const hash = (text: string): string => crypto.hash(text);
const chained = { v: 1 as const, swarm: hash('swarm'), parents: [hash('parent')], by: a };
const permissions = { chat: true, models: false, split: false, execute: false };
const bodies: StatementBody[] = [
  { v: 1, by: a, op: 'found', name: 'A', epochHash: hash('key') },
  { v: 1, by: a, op: 'found', name: 'A', epochHash: hash('key'), recovery: b },
  { ...chained, op: 'admit', device: b, name: 'B', permissions },
  { ...chained, op: 'admit', device: b, name: 'B', permissions, invite: 'x1' },
  { ...chained, op: 'role', device: b, role: 'admin' },
  { ...chained, op: 'permissions', device: b, permissions },
  { ...chained, op: 'rename', device: b, name: 'B' },
  { ...chained, op: 'revoke', device: b, why: 'removed' },
  { ...chained, op: 'epoch', number: 2, keyHash: hash('next') },
  { ...chained, op: 'recovery', recovery: b },
  { ...chained, op: 'recover', device: b },
  { ...chained, op: 'recover', device: b, name: 'B' },
];
const signature = fakeSigner(a)('anything');
const read = (body: unknown) => parseStatement({ body: typeof body === 'string' ? body : JSON.stringify(body), signature });
const admit = { ...chained, op: 'admit', device: b, name: 'B', permissions };

describe('a statement', () => {
  test.each(bodies.map((body): [string, StatementBody] => [body.op, body]))('says %s', (_, body) => {
    expect(read(body)).toEqual({ statement: { body: JSON.stringify(body), signature }, body });
    // whatever the order of the fields in the author's program
    expect(bodyText(Object.fromEntries(Object.entries(body).toReversed()) as StatementBody)).toBe(JSON.stringify(body));
  });

  test('has one way to be written', () => {
    const text = JSON.stringify(admit);
    expect(read(text)).not.toBeNull();
    expect(read(`${text} `)).toBeNull();
    expect(read(text.replace(',', ', '))).toBeNull();
    expect(read(text.replace('"v":1', '"v":1,"v":1'))).toBeNull();
    expect(read(Object.fromEntries(Object.entries(admit).toReversed()))).toBeNull();
    expect(read(text.replace('"B"', '"\\u0042"'))).toBeNull();
    expect(read({ ...admit, name: ' B' })).toBeNull();
  });

  test.each<[string, unknown]>([
    ['a newer version', { ...admit, v: 2 }],
    ['something more', { ...admit, more: 1 }],
    ['more permissions', { ...admit, permissions: { ...permissions, root: true } }],
    ['more permissions later', { ...chained, op: 'permissions', device: b, permissions: { ...permissions, root: true } }],
    ['a swarm that is no hash', { ...admit, swarm: 'x' }],
    ['a longer hash', { ...admit, swarm: `${hash('swarm')}0` }],
    ['a hash with something before it', { ...admit, swarm: `0${hash('swarm')}` }],
    ['no parents', { ...admit, parents: [] }],
    ['parents twice', { ...admit, parents: [hash('1'), hash('1')] }],
    ['parents in disorder', { ...admit, parents: [hash('1'), hash('2')].toSorted().toReversed() }],
    ['too many parents', { ...admit, parents: Array.from({ length: maxParents + 1 }, (_, index) => hash(`${index}`)).toSorted() }],
    ['no author', { ...admit, by: undefined }],
    ['an empty name', { ...admit, name: '' }],
    ['a long name', { ...admit, name: 'n'.repeat(64) }],
    ['a long invite', { ...admit, invite: 'n'.repeat(101) }],
    ['another operation', { ...chained, op: 'explode', device: b }],
    ['another role', { ...chained, op: 'role', device: b, role: 'owner' }],
    ['another reason', { ...chained, op: 'revoke', device: b, why: 'angry' }],
    ['an epoch that is the first', { ...chained, op: 'epoch', number: 1, keyHash: hash('next') }],
    ['half an epoch', { ...chained, op: 'epoch', number: 2.5, keyHash: hash('next') }],
    ['a beginning with a past', { ...bodies[0], parents: [] }],
    ['a list', [1]],
    ['nothing', null],
    ['no JSON', '{"v":1'],
  ])('may not have %s', (_, body) => {
    expect(read(body)).toBeNull();
  });

  test('may have as many parents as are allowed', () => {
    expect(read({ ...admit, parents: Array.from({ length: maxParents }, (_, index) => hash(`${index}`)).toSorted() })).not.toBeNull();
  });

  test('comes with a signature in one spelling, and is no longer than anybody reads', () => {
    const body = JSON.stringify(admit);
    for (const input of [null, 1, 'x', [], {}, { body }, { signature }, { body: admit, signature }])
      expect(parseStatement(input)).toBeNull();
    for (const other of [
      '',
      'x',
      signature.slice(1),
      `${signature}=`,
      `A${signature}`,
      signature.replace('==', ''),
      `-${signature.slice(1)}`,
    ]) {
      expect(parseStatement({ body, signature: other })).toBeNull();
    }
    expect(parseStatement({ body, signature, more: 1 })).not.toBeNull();
    const long = { ...admit, parents: [hash('parent')], name: 'n' };
    expect(parseStatement({ body: JSON.stringify(long).padEnd(maxBody + 1), signature })).toBeNull();
  });

  test('is named by its body, and signed as nothing else is', () => {
    const body = JSON.stringify(admit);
    expect(idOf(crypto, { body })).toBe(crypto.hash(body));
    expect(signedText(body)).toBe(`axon-roster/1\n${body}`);
  });

  test('that is none cannot be written', () => {
    expect(() => bodyText({ ...admit, name: '' } as StatementBody)).toThrow();
  });
});
