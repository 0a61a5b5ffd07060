// The asking machine of the swarm benchmark, in a process of its own: told a leader's address and offer, then questions; tells what it measured.
import type { Offer } from '../../src-shared/peer.ts';
import { swarmChat } from '../../src-main/swarm/ask.ts';
import type { Candidate } from '../../src-main/swarm/placement.ts';
import { benchNetwork, clock, question, timed, type Timed } from './node-parts.ts';

export type ToAsker = { dial: string; offer: Offer } | { ask: string; model: string; maxTokens: number };
export type FromAsker = { ready: true } | { timed: Timed } | { failed: string };

const network = benchNetwork(() => {
  throw new Error('this side only asks');
});
let candidates: Candidate[] = [];
const chat = swarmChat({
  candidates: () => candidates,
  local: () => {
    throw new Error('this side has no engine');
  },
  remote: (peerId, request, signal) => network.ask(peerId, request, signal),
  clock,
});

async function hear(message: ToAsker): Promise<FromAsker> {
  const signal = AbortSignal.timeout(120_000);
  if ('ask' in message) return { timed: await timed(chat(question(message.ask, message.model, message.maxTokens), signal)) };
  await network.start();
  const peerId = await network.dial(message.dial, signal);
  candidates = [{ peerId, name: message.offer.name, local: false, connected: true, latencyMs: 0, offer: message.offer }];
  return { ready: true };
}

process.on('message', (message: ToAsker) => {
  hear(message).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ failed: String(error) } satisfies FromAsker),
  );
});
