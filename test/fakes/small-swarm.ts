// A small swarm for tests of membership/: a and b are admins, c and d members, e is outside.
import { beforeEach } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { defaultPermissions } from '../../src-shared/member.ts';
import type { Statement } from '../../src-main/membership/ports.ts';
import { foundRoster, merge, state, statements, write, type Roster } from '../../src-main/membership/roster.ts';
import { bodyText, signedText, type Op, type StatementBody } from '../../src-main/membership/statement.ts';
import { fakeCrypto as crypto, fakePeer, fakeSigner } from './fake-signing.ts';

export const [a, b, c, d, e, code, newCode] = ['A', 'B', 'C', 'D', 'E', 'R', 'S'].map(fakePeer) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
export const hash = (text: string): string => crypto.hash(text);
export const idOf = ({ body }: Statement): string => crypto.hash(body);
export const say = (by: string, roster: Roster, ...ops: Op[]): Roster =>
  ops.reduce((before, op) => write(crypto, fakeSigner(by), by, before, op).roster, roster);
export const admit = (device: string, name = device.slice(-1)): Op => ({ op: 'admit', device, name, permissions: defaultPermissions });
export const promote = (device: string): Op => ({ op: 'role', device, role: 'admin' });
export const demote = (device: string): Op => ({ op: 'role', device, role: 'member' });
export const revoke = (device: string): Op => ({ op: 'revoke', device, why: 'removed' });
export const rename = (device: string, name: string): Op => ({ op: 'rename', device, name });
export const meet = (one: Roster, ...others: Roster[]): Roster =>
  others.reduce((all, other) => merge(crypto, all, statements(other)).roster, one);
export const rolesOf = (roster: Roster): Record<string, string> =>
  Object.fromEntries([...state(roster).members].map(([peerId, { role }]) => [peerId.slice(-1), role]));
export const outOf = (roster: Roster): string => [...state(roster).revoked.keys()].map((peerId) => peerId.slice(-1)).join('');
export const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
  return 'none';
};

export let begun: { roster: Roster; statement: Statement };
export let swarm: string;
/** a and b are admins, c and d members. */
export let four: Roster;

// anew for each test, and not while files load: mutation testing sees which test needs what
beforeEach(() => {
  begun = foundRoster(crypto, fakeSigner(a), a, { name: 'A', epochHash: hash('k1'), recovery: code });
  swarm = idOf(begun.statement);
  four = say(a, begun.roster, admit(b), promote(b), admit(c), admit(d));
});

/** Truly signed, whatever the author's program would have to say to it. */
export function forge(by: string, parents: readonly string[], op: Op | Record<string, unknown>): Statement {
  const body = bodyText({ v: 1, swarm, parents: [...new Set(parents)].toSorted(), by, ...op } as StatementBody);
  return { body, signature: fakeSigner(by)(signedText(body)) };
}
