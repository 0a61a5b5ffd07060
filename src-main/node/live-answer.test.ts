import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { liveAnswer, type LiveAnswer } from './live-answer.ts';

/** An answer whose chunks come when the test says so. */
function scripted(before = '') {
  const queue: (ChatChunk | Error | 'end')[] = [];
  let wake = (): void => {};
  const signals: AbortSignal[] = [];
  const answer = liveAnswer(before, async function* (signal) {
    signals.push(signal);
    signal.addEventListener('abort', () => wake());
    for (;;) {
      signal.throwIfAborted();
      const next = queue.shift();
      if (next === 'end') return;
      if (next instanceof Error) throw next;
      if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else yield next;
    }
  });
  const say = async (...chunks: (ChatChunk | Error | 'end')[]): Promise<void> => {
    queue.push(...chunks);
    wake();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { answer, say, stopped: () => signals[0]?.aborted === true };
}

type Wishes = { from?: number; gone?: AbortSignal };
/** Hears all of it. */
function hearing(answer: LiveAnswer, wishes: Wishes = {}) {
  const chunks: ChatChunk[] = [];
  const stop = new AbortController();
  const ended = (async () => {
    for await (const chunk of answer.hear({ ...wishes, signal: stop.signal })) chunks.push(chunk);
  })().then(
    () => null,
    (error: unknown) => error,
  );
  return { chunks, stop, ended };
}

const text = (words: string): ChatChunk => ({ kind: 'text', text: words });
const words = (chunks: ChatChunk[]): string => chunks.map((chunk) => ('text' in chunk ? chunk.text : `[${chunk.kind}]`)).join('');

describe('an answer under way', () => {
  test('is heard by who comes late from where they are, with what it waits for', async () => {
    const { answer, say } = scripted('So');
    const first = hearing(answer);
    await say(text(' it'), { kind: 'queued', position: 2 });
    const late = [hearing(answer, { from: 0 }), hearing(answer, { from: 3 }), hearing(answer)];
    await say(text(' goes.'), 'end');
    expect(await Promise.all([first, ...late].map(({ ended }) => ended))).toEqual([null, null, null, null]);
    expect([first, ...late].map(({ chunks }) => words(chunks))).toEqual([
      ' it[queued] goes.',
      'So it[queued] goes.',
      'it[queued] goes.',
      '[queued] goes.',
    ]);
  });

  test('gives its thoughts to who comes late, until there is a word', async () => {
    const { answer, say } = scripted();
    await say({ kind: 'thinking', text: 'Hm, ' }, { kind: 'thinking', text: 'well.' });
    const thinking = hearing(answer, { from: 0 });
    await say(text('Yes'));
    const writing = hearing(answer, { from: 0 });
    await say('end');
    await Promise.all([thinking.ended, writing.ended]);
    expect(words(thinking.chunks)).toBe('Hm, well.Yes');
    expect(words(writing.chunks)).toBe('Yes');
  });

  test('goes on when a connection is gone, and ends for all when one of them stops it', async () => {
    const { answer, say, stopped } = scripted();
    const gone = new AbortController();
    const [left, stays] = [hearing(answer, { gone: gone.signal }), hearing(answer)];
    await say(text('a'));
    gone.abort();
    left.stop.abort();
    expect(await left.ended).not.toBeNull();
    expect(stopped()).toBe(false);
    await say(text('b'));
    expect(words(stays.chunks)).toBe('ab');
    const other = hearing(answer);
    stays.stop.abort();
    expect(await stays.ended).not.toBeNull();
    // which is no failure of the answer
    expect(await other.ended).toBeNull();
    expect(stopped()).toBe(true);
    await answer.ended;
  });

  test('says why when it is ended by nobody who hears it', async () => {
    const { answer, say } = scripted();
    const heard = hearing(answer);
    await say(text('a'));
    answer.stop(new Failure('disconnected', 'The node stops.'));
    expect(await heard.ended).toMatchObject({ code: 'disconnected' });
    await answer.ended;
  });

  test('that fails fails for all who hear it, and for nobody else', async () => {
    const { answer, say } = scripted();
    const heard = hearing(answer);
    await say(text('a'), new Error('no more'));
    expect(await heard.ended).toMatchObject({ message: 'no more' });
    await answer.ended;
  });
});
