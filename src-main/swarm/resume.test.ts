import { describe, expect, test } from 'vitest';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { LinkLost, resumePace, resuming, type Line } from './resume.ts';

const request: ChatRequest = { id: '00000000-0000-4000-8000-000000000000', messages: [{ role: 'user', content: 'hi' }], parameters: {} };
const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 1, tokensPerSecond: 1, timeToFirstTokenMs: 1 } };
const refused = new LinkLost('nobody listens', { refused: true });
const away = new Failure('not-reachable', 'away');

/** An answer of one word whose link breaks after it; what comes of the tries to come back is said by `back`. */
async function broken(back: (atMs: number) => Error | null) {
  const clock = handClock();
  const abandoned: string[] = [];
  const line: Line = {
    async *ask() {
      yield { n: 0, chunk: { kind: 'text', text: 'one ' } };
      throw new LinkLost('broken');
    },
    async *resume({ next }) {
      const error = back(clock.now());
      if (error !== null) throw error;
      yield { n: next, chunk: done };
    },
    abandon: ({ id }) => void abandoned.push(id),
  };
  const chunks: ChatChunk[] = [];
  let error: unknown = null;
  let endedAt: number | null = null;
  const reading = (async () => {
    for await (const chunk of resuming(line, 'leader', request, new AbortController().signal, clock)) chunks.push(chunk);
  })()
    .catch((thrown: unknown) => void (error = thrown))
    .finally(() => void (endedAt = clock.now()));
  for (let step = 0; step < 400 && endedAt === null; step += 1) await clock.run(250);
  await reading;
  return { kinds: chunks.map(({ kind }) => kind).join(' '), chunks, error, endedAt: endedAt ?? Number.NaN, timers: clock.timers() };
}

describe('a leader at whose address nobody listens', () => {
  test('has ended: the wait is cut short, after a moment for a restart', async () => {
    const { kinds, chunks, error, endedAt, timers } = await broken(() => refused);
    expect(error).toMatchObject({ code: 'leader-lost' });
    expect(endedAt).toBeGreaterThanOrEqual(resumePace.refusedMs);
    expect(endedAt).toBeLessThan(resumePace.refusedMs + 2 * resumePace.mostMs);
    expect([kinds, timers]).toEqual(['text reconnecting reconnecting', 0]);
    // so that whoever has somebody else to ask need not wait even that long
    expect(chunks[2]).toMatchObject({ refused: true });
  });

  test('that was started again within that moment is asked, and says what it knows', async () => {
    const restarted = new Failure('not-found', 'what answer?');
    const { error, endedAt } = await broken((at) => (at < 2000 ? refused : restarted));
    expect(error).toBe(restarted);
    expect(endedAt).toBeLessThan(resumePace.refusedMs + resumePace.mostMs);
  });

  test('that is only unreachable meanwhile has its whole minute', async () => {
    const { error, endedAt } = await broken((at) => (at % 4000 < 2000 ? refused : away));
    expect(error).toMatchObject({ code: 'leader-lost' });
    expect(endedAt).toBeGreaterThanOrEqual(resumePace.giveUpMs);
    const back = await broken((at) => (at < 30_000 ? away : null));
    expect([back.error, back.kinds]).toEqual([null, 'text reconnecting done']);
  });
});
