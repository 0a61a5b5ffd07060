// Leaders whose answers are scripts, asked through the shipping swarmChat under a clock turned by hand.
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { swarmChat, type SwarmChatOptions } from '../../src-main/swarm/ask.ts';
import type { Watched } from '../../src-main/swarm/leg.ts';
import type { Observed } from '../../src-main/swarm/observed.ts';
import type { Candidate } from '../../src-main/swarm/placement.ts';
import { delay } from '../../src-main/swarm/resume.ts';
import { fakeLeader } from './fake-offer.ts';
import { handClock, type HandClock } from './hand-clock.ts';

export const request: ChatRequest = {
  id: '00000000-0000-4000-8000-000000000000',
  messages: [{ role: 'user', content: 'hi' }],
  parameters: {},
};
export const done = (tokens = 3): ChatChunk => ({
  kind: 'done',
  reason: 'stop',
  model: 'tiny',
  figures: { tokens, tokensPerSecond: 999, timeToFirstTokenMs: 999 },
});

/** A step is a chunk to yield, a failure to throw, or ms that pass; a list of lists: for one question after the other. */
export type Step = ChatChunk | Error | number;
type Options = Partial<SwarmChatOptions> & {
  local?: Chat;
  mine?: string;
  clock?: HandClock;
  nodes?: (names: string[]) => Candidate[];
};

export function swarm(scripts: Record<string, Step[] | Step[][]>, { mine, nodes, clock = handClock(), ...options }: Options = {}) {
  const asked: { who: string; request: ChatRequest }[] = [];
  const open = new Set<string>();
  const answer = async function* (who: string, asking: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk> {
    const times = asked.filter((one) => one.who === who).length;
    asked.push({ who, request: asking });
    const all = scripts[who] ?? [];
    const steps = (Array.isArray(all[0]) ? (all[Math.min(times, all.length - 1)] ?? []) : all) as Step[];
    open.add(`${who}${times}`);
    try {
      for (const step of steps) {
        if (typeof step === 'number') await delay(step, clock, signal);
        else if (step instanceof Error) throw step;
        else yield step;
      }
    } finally {
      open.delete(`${who}${times}`);
    }
  };
  const names = Object.keys(scripts);
  const chat: Chat = swarmChat({
    candidates: () => nodes?.(names) ?? names.map((name) => fakeLeader(name, { local: name === mine })),
    local: (asking, signal) => answer(mine ?? '', asking, signal),
    remote: (peerId, asking, signal) => answer(peerId, asking, signal),
    clock,
    ...options,
  });
  return { chat, asked, open, clock };
}

type Ran = { chunks: ChatChunk[]; error: unknown; at: number[] };
/** Lets up to two hours pass. */
export async function run(
  { chat, clock }: { chat: Chat; clock: HandClock },
  asking = request,
  signal = new AbortController().signal,
): Promise<Ran> {
  const chunks: ChatChunk[] = [];
  const at: number[] = [];
  let error: unknown = null;
  let ended = false;
  void (async () => {
    for await (const chunk of chat(asking, signal)) {
      chunks.push(chunk);
      at.push(clock.now());
    }
  })()
    .catch((thrown: unknown) => void (error = thrown))
    .finally(() => void (ended = true));
  for (let step = 0; step < 7200 && !ended; step += 1) await clock.run(1000);
  if (!ended) throw new Error('it never ended');
  return { chunks, error, at };
}
const saying =
  (kind: 'text' | 'thinking') =>
  (words: string, tokens?: number[]): ChatChunk => ({ kind, text: words, ...(tokens === undefined ? {} : { tokens }) });
export const text = saying('text');
export const thought = saying('thinking');
export const kinds = (chunks: ChatChunk[]): string =>
  chunks.map((chunk) => (chunk.kind === 'placed' ? `placed:${chunk.placement.leader.name}` : chunk.kind)).join(' ');

export const lost = new Failure('leader-lost', 'gone');
export const shown = (chunks: ChatChunk[]): string => chunks.map((chunk) => (chunk.kind === 'text' ? chunk.text : '')).join('');
export const link = (name: string): ChatChunk => ({ kind: 'reconnecting', leader: { peerId: name, name: '' } });

/** First tokens that were seen of these leaders, p95 in ms. */
export const seenFirst = (known: Record<string, number>): Watched & Pick<Observed, 'speed'> => ({
  speed: () => null,
  answered: () => undefined,
  failed: () => undefined,
  firstToken: (peerId) => (known[peerId] === undefined ? null : { medianMs: known[peerId], p95Ms: known[peerId], samples: 20 }),
});
