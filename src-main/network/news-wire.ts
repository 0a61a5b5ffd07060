// Statements and keys on a stream: frames {statements, keys, more}, as many as it takes. Hostile until membership/ has judged every one.
import type { Stream } from '@libp2p/interface';
import { z } from 'zod';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock } from '../jobs/ports.ts';
import type { Digest, EpochKey, News, Statement } from '../membership/ports.ts';
import { frame, jsonOf } from './frames.ts';
import { send, type FrameReader } from './stream-io.ts';

export const newsWire = {
  frameBytes: 2 * 1024 * 1024,
  /** A roster has no more. */
  statements: 4096,
  /** One for each removal of the last 30 days would be many. */
  keys: 64,
  /** Of one statement's JSON: sixteen parents, and what it says. */
  bodyBytes: 16 * 1024,
  /** For one frame to be taken. */
  stallMs: 5000,
} as const;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const epoch = z.number().int().nonnegative().max(1_000_000_000);

export const digestSchema = z.object({ swarm: hex64.nullable(), heads: z.array(hex64).max(newsWire.statements), epoch });
const statementSchema = z.object({ body: z.string().min(2).max(newsWire.bodyBytes), signature: z.string().length(88) });
const partSchema = z.object({
  statements: z.array(statementSchema).max(newsWire.statements),
  keys: z.array(z.object({ epoch, key: hex64 })).max(newsWire.keys),
  more: z.boolean(),
});
type Part = z.infer<typeof partSchema>;

/** One frame of news, rebuilt from the schema. Fails with bad-request. */
export function parseNewsPart(body: Uint8Array): Part {
  const parsed = partSchema.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'The message is no news of a roster.');
  return parsed.data;
}

/** Whether two devices know the same. */
export function sameDigest(one: Digest, other: Digest): boolean {
  return digestText(one) === digestText(other);
}

export function digestText({ swarm, heads, epoch: number }: Digest): string {
  return JSON.stringify([swarm, heads.toSorted(), number]);
}

/** Sends all of it, in frames of at most newsWire.frameBytes. */
export async function sendNews(stream: Stream, news: News, clock: Clock): Promise<void> {
  for (const part of partsOf(news)) await send(stream, frame(part), clock, newsWire.stallMs);
}

function* partsOf({ statements, keys }: News): Generator<Uint8Array> {
  // room for the keys and the frame's own words
  const room = newsWire.frameBytes - 64 * 1024;
  let batch: Statement[] = [];
  let bytes = 0;
  const part = (own: readonly EpochKey[], more: boolean): Uint8Array =>
    Buffer.from(JSON.stringify({ statements: batch, keys: [...own], more } satisfies Part));
  for (const statement of statements) {
    const size = Buffer.byteLength(JSON.stringify(statement)) + 1;
    if (bytes + size > room) {
      yield part([], true);
      batch = [];
      bytes = 0;
    }
    batch.push({ body: statement.body, signature: statement.signature });
    bytes += size;
  }
  yield part(
    keys.slice(0, newsWire.keys).map(({ epoch: number, key }) => ({ epoch: number, key })),
    false,
  );
}

/** Reads one whole News. Null when the other side ended before it began one. Fails with bad-request; throws what the stream breaks with. */
export async function readNews(reader: FrameReader): Promise<News | null> {
  const statements: Statement[] = [];
  const keys: EpochKey[] = [];
  for (let first = true; ; first = false) {
    const body = await reader.next();
    if (body === null && first) return null;
    if (body === null) throw new Failure('bad-request', 'The news broke off.');
    const part = parseNewsPart(body);
    statements.push(...part.statements);
    keys.push(...part.keys);
    if (statements.length > newsWire.statements || keys.length > newsWire.keys)
      throw new Failure('bad-request', 'There is more news than any roster has.');
    if (!part.more) return { statements, keys };
    // frames without anything in them could go on for ever
    if (part.statements.length === 0) throw new Failure('bad-request', 'The news says nothing.');
  }
}
