import { expect, test } from 'vitest';
import { chatChunk, type ChatChunk } from '../../src-shared/chat.ts';
import { chunkBuffer } from './chunk-buffer.ts';

const signal = new AbortController().signal;
const text = (words: string): ChatChunk => ({ kind: 'text', text: words });

test('a reader that keeps up gets each text as it came', async () => {
  const buffer = chunkBuffer();
  const got: (ChatChunk | undefined)[] = [];
  for (const word of ['a', 'b', 'c']) {
    await buffer.put(text(word));
    got.push(await buffer.take(signal));
  }
  expect(got).toEqual([text('a'), text('b'), text('c')]);
});

test('texts that wait are joined, other chunks keep their place', async () => {
  const buffer = chunkBuffer();
  const chunks: ChatChunk[] = [text('a'), text('b'), { kind: 'reading', progress: 1 }, text('c'), text('d')];
  for (const chunk of chunks) await buffer.put(chunk);
  buffer.end(undefined);
  expect([await buffer.take(signal), await buffer.take(signal), await buffer.take(signal), await buffer.take(signal)]).toEqual([
    text('ab'),
    { kind: 'reading', progress: 1 },
    text('cd'),
    undefined,
  ]);
});

test('what waits is bounded', async () => {
  const buffer = chunkBuffer();
  let put = 0;
  void (async () => {
    while (put < 100) {
      await buffer.put(text('x'.repeat(40_000)));
      put += 1;
    }
  })();
  await expect.poll(() => put).toBe(31);
  await buffer.take(signal);
  await expect.poll(() => put).toBe(32);
  buffer.drop();
});

test('an error comes after everything before it', async () => {
  const buffer = chunkBuffer();
  await buffer.put(text('a'));
  buffer.end({ error: new Error('broken') });
  expect(await buffer.take(signal)).toEqual(text('a'));
  await expect(buffer.take(signal)).rejects.toThrow('broken');
});

test('an abort wakes the taker', async () => {
  const stop = new AbortController();
  const taken = chunkBuffer().take(stop.signal);
  stop.abort(new Error('stopped'));
  await expect(taken).rejects.toThrow('stopped');
});

test('a text over the schema is cut', async () => {
  const buffer = chunkBuffer();
  await buffer.put(text('x'.repeat(150_000)));
  buffer.end(undefined);
  const got: ChatChunk[] = [];
  for (let chunk = await buffer.take(signal); chunk !== undefined; chunk = await buffer.take(signal)) got.push(chatChunk.parse(chunk));
  expect(got.map((chunk) => (chunk.kind === 'text' ? chunk.text.length : 0))).toEqual([65_536, 65_536, 18_928]);
});
