// What both processes of the swarm benchmark need: time, silence, a network on loopback, and a stopwatch over an answer.
import { randomUUID } from 'node:crypto';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { Clock, Log, ServedChat } from '../../src-main/jobs/ports.ts';
import { newIdentity } from '../../src-main/network/identity.ts';
import { createNetwork, type PeerNetwork } from '../../src-main/network/network.ts';
import type { NetworkEvent } from '../../src-main/swarm/ports.ts';
import { openTrust } from '../fakes/open-trust.ts';

export const clock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const nothing = (): void => undefined;
export const silence: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A key for seconds on loopback: no secret. */
const swarmKey = new Uint8Array(32).fill(9);

export function benchNetwork(serve: ServedChat, onEvent: (event: NetworkEvent) => void = nothing): PeerNetwork {
  return createNetwork({
    privateKey: newIdentity(),
    trust: openTrust(swarmKey),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    version: '0.0.0',
    serve,
    onEvent,
    remembered: [],
    remember: nothing,
    discover: null,
    clock,
    log: silence,
  });
}

export function question(content: string, model: string, maxTokens: number): ChatRequest {
  return { id: randomUUID(), model, messages: [{ role: 'user', content }], parameters: { temperature: 0, seed: 1, maxTokens } };
}

export type Timed = { firstMs: number; tokensPerSecond: number; tokens: number };

/** Reads the answer to its end, with the reader's clock. */
export async function timed(chunks: AsyncIterable<ChatChunk>): Promise<Timed> {
  const started = clock.now();
  let first: number | undefined;
  let last = started;
  let tokens = 0;
  for await (const chunk of chunks) {
    if (chunk.kind === 'text') {
      last = clock.now();
      first ??= last;
    }
    if (chunk.kind === 'done') tokens = chunk.figures.tokens;
  }
  if (first === undefined) throw new Error('an answer without text');
  return { firstMs: first - started, tokensPerSecond: ((tokens - 1) * 1000) / (last - first), tokens };
}
