// How two devices come to the same words, over whatever stream (a connection in the swarm, or the pairing listener): the joiner commits to
// a number, the host tells its own, the joiner shows the one it committed to. Neither can choose its number to fit the other's.
import { z } from 'zod';
import { Failure } from '../../src-shared/failure.ts';
import { plainName } from '../../src-shared/name.ts';
import { peerId as peerIdSchema } from '../../src-shared/peer.ts';
import type { JoinAnswer } from '../membership/ports.ts';
import { jsonOf } from './frames.ts';

/** Largest frame of a joining but for the news in its welcome. */
export const joinFrameBytes = 4096;
/** While a person makes up their mind, the host says that it is still there. */
export const waitBeatMs = 10_000;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
/** Cut rather than refused: nobody is kept out for a long name. */
export const wireName = z
  .string()
  .max(1000)
  .transform((name) => plainName(name) || '?');

const refusal = z.enum(['no', 'invite-used', 'invite-expired', 'invite-bad']);

/** The joiner's first frame. introduce: it holds a roster in which it is a member, and brings it. */
const knock = z.union([
  z.object({
    ask: z.object({ name: wireName, commitment: hex64, token: z.string().min(1).max(64).optional(), code: z.string().max(20).optional() }),
  }),
  z.object({ introduce: z.literal(true) }),
]);
export type Knock = z.infer<typeof knock>;

const reveal = z.object({ nonce: hex64 });

/** What the host says, one frame each. */
const hostSays = z.union([
  z.object({ nonce: hex64, name: wireName, swarm: hex64 }),
  z.object({ later: z.number().int().min(0).max(60_000) }),
  z.object({
    elsewhere: z.object({
      name: wireName,
      open: z.boolean(),
      admins: z.array(z.object({ peerId: peerIdSchema, name: wireName, addresses: z.array(z.string().max(200)).max(8) })).max(16),
    }),
  }),
  z.object({ wait: z.literal(true) }),
  z.object({ refused: refusal }),
  z.object({ wrong: z.number().int().min(0).max(100) }),
  z.object({ taken: z.literal(true) }),
  z.object({ welcome: z.literal(true), addresses: z.array(z.string().max(200)).max(8) }),
]);
export type HostSays = z.infer<typeof hostSays>;
export type Elsewhere = Extract<HostSays, { elsewhere: unknown }>['elsewhere'];

/** The joiner's first frame, rebuilt from the schema. Fails with bad-request. */
export function parseKnock(body: Uint8Array): Knock {
  return parsedBy(knock, body);
}

/** The joiner's number. Fails with bad-request. */
export function parseReveal(body: Uint8Array): { nonce: string } {
  return parsedBy(reveal, body);
}

/** What a host says. Fails with bad-request. */
export function parseHost(body: Uint8Array): HostSays {
  return parsedBy(hostSays, body);
}

function parsedBy<Value>(schema: z.ZodType<Value>, body: Uint8Array): Value {
  const parsed = schema.safeParse(jsonOf(body));
  if (!parsed.success) throw new Failure('bad-request', 'The message is not one about joining.');
  return parsed.data;
}

/** The last frame of a host, but for the news of a welcome. */
export function lastWord(answer: JoinAnswer, addresses: string[]): HostSays {
  return answer.kind === 'refused'
    ? { refused: answer.why }
    : { welcome: true, addresses: addresses.filter((address) => address.length <= 200).slice(0, 8) };
}
