// One signed sentence about the swarm. Its body is text that is signed, hashed and kept as its author wrote it: there is one way to write it.
import { z } from 'zod';
import { memberRole, permissions } from '../../src-shared/member.ts';
import { memberName, spokenName } from '../../src-shared/name.ts';
import { peerId } from '../../src-shared/peer.ts';
import type { Crypto, Statement } from './ports.ts';

/** Longest body that is looked into, UTF-16 units. */
export const maxBody = 16_384;
/** A device that knows more heads than this leaves some to the next statement. */
export const maxParents = 128;

/** SHA-256 as 64 hex digits: of a body, or of the 64 hex digits of a swarm key. */
export const hash64 = z.string().regex(/^[0-9a-f]{64}$/);
const signatureText = z.string().regex(/^[A-Za-z0-9+/]{86}==$/);

const first = { v: z.literal(1) };
const chained = {
  ...first,
  /** id of the found statement */
  swarm: hash64,
  /** ids of what the author knew last, sorted, each once */
  parents: z
    .array(hash64)
    .min(1)
    .max(maxParents)
    .refine((ids) => ids.every((id, index) => index === 0 || (ids[index - 1] ?? '') < id)),
  by: peerId,
};

/** The order of the fields is the order in the text. Names as their authors wrote them: others have signed what builds on that. */
export const statementBody = z.discriminatedUnion('op', [
  z.strictObject({ ...first, by: peerId, op: z.literal('found'), name: spokenName, epochHash: hash64, recovery: peerId.optional() }),
  z.strictObject({
    ...chained,
    op: z.literal('admit'),
    device: peerId,
    name: spokenName,
    permissions: permissions.strict(),
    invite: z.string().max(100).optional(),
  }),
  z.strictObject({ ...chained, op: z.literal('role'), device: peerId, role: memberRole }),
  z.strictObject({ ...chained, op: z.literal('permissions'), device: peerId, permissions: permissions.strict() }),
  z.strictObject({ ...chained, op: z.literal('rename'), device: peerId, name: spokenName }),
  z.strictObject({ ...chained, op: z.literal('revoke'), device: peerId, why: z.enum(['removed', 'left']) }),
  z.strictObject({ ...chained, op: z.literal('epoch'), number: z.int().min(2), keyHash: hash64 }),
  z.strictObject({ ...chained, op: z.literal('recovery'), recovery: peerId }),
  /** `name`: for a device that was never on the roster */
  z.strictObject({ ...chained, op: z.literal('recover'), device: peerId, name: spokenName.optional() }),
]);
export type StatementBody = z.infer<typeof statementBody>;

type Said<T> = T extends StatementBody ? Omit<T, 'v' | 'swarm' | 'parents' | 'by'> : never;
/** What is said, without who says it and after what. */
export type Op = Said<Exclude<StatementBody, { op: 'found' }>>;

export type Parsed = { readonly statement: Statement; readonly body: StatementBody };

const wire = z.object({ body: z.string().max(maxBody), signature: signatureText });

/** null: no statement. Says nothing about the signature, nor about the author's rights. Never throws on what came out of JSON. */
export function parseStatement(input: unknown): Parsed | null {
  const outer = wire.safeParse(input);
  if (!outer.success) return null;
  const { body: text, signature } = outer.data;
  const body = statementBody.safeParse(fromJson(text));
  // doubled keys, spaces, another order of the fields: someone else's reader might understand it otherwise
  if (!body.success || JSON.stringify(body.data) !== text) return null;
  return { statement: { body: text, signature }, body: body.data };
}

/** The text of a body that is going to be signed: fields in the order of the schema, names plain. */
export function bodyText(body: StatementBody): string {
  const named = 'name' in body && body.name !== undefined ? { ...body, name: memberName.parse(body.name) } : body;
  return JSON.stringify(statementBody.parse(named));
}

/** Names a statement: its parents' names are within, so it stands for the whole past of it. The signature is not part of it. */
export function idOf(crypto: Pick<Crypto, 'hash'>, statement: Pick<Statement, 'body'>): string {
  return crypto.hash(statement.body);
}

/** What is signed: no other thing that a device signs begins like this. */
export function signedText(body: string): string {
  return `axon-roster/1\n${body}`;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
