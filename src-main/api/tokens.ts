// Tokens of the loopback door. All live in memory: they end with the node.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** How long the address of the web window works, ms: long enough to find the terminal again, short enough for a shell history. */
export const oneTimeMs = 60 * 60_000;
/** How long a browser tab stays signed in, ms. */
export const sessionMs = 30 * 24 * 60 * 60_000;
const maxOneTime = 16;
const maxSessions = 64;

/** 256 bits as 43 characters of base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Equal without telling by time where they differ; also for strings of different lengths. */
export function sameToken(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

export type Tokens = {
  /** Makes a token that opens one session. */
  oneTime(): string;
  /** Spends a one-time token. null: unknown, spent or too old. */
  open(oneTime: string): string | null;
  isSession(token: string): boolean;
};

/** @param now wall clock or monotonic ms; only differences count */
export function createTokens(now: () => number): Tokens {
  const oneTimes = new Map<string, number>();
  const sessions = new Map<string, number>();
  return {
    oneTime: () => add(oneTimes, now() + oneTimeMs, maxOneTime),
    open: (oneTime) => {
      const token = find(oneTimes, oneTime, now());
      if (token === null) return null;
      oneTimes.delete(token);
      return add(sessions, now() + sessionMs, maxSessions);
    },
    isSession: (token) => find(sessions, token, now()) !== null,
  };
}

/** The oldest makes room: a loop of openings must not fill the memory. */
function add(tokens: Map<string, number>, until: number, max: number): string {
  const oldest = tokens.keys().next();
  if (tokens.size >= max && oldest.done !== true) tokens.delete(oldest.value);
  const token = newToken();
  tokens.set(token, until);
  return token;
}

function find(tokens: ReadonlyMap<string, number>, wanted: string, now: number): string | null {
  let found: string | null = null;
  // No early way out: the time taken is the same for all.
  for (const [token, until] of tokens) if (sameToken(token, wanted) && now < until) found = token;
  return found;
}

/**
 * What a door shows before it is trusted with the token: that it knows it already. The port is inside, so that a program which
 * took a port of ours cannot pass the question on to the real door.
 */
export function doorProof(token: string, nonce: string, port: number): string {
  return createHmac('sha256', token).update(`axon door proof\n${port}\n${nonce}`).digest('hex');
}
