import { describe, expect, test } from 'vitest';
import { createTextBatch } from './batch.ts';

describe('createTextBatch', () => {
  test('hands on once per frame, in order', () => {
    const frames: (() => void)[] = [];
    const out: string[] = [];
    const batch = createTextBatch(
      (run) => {
        frames.push(run);
        return () => undefined;
      },
      (text) => out.push(text),
    );
    batch.add('a');
    batch.add('b');
    expect(frames).toHaveLength(1);
    frames[0]?.();
    batch.add('c');
    frames[1]?.();
    expect(out).toEqual(['ab', 'c']);
  });

  test('the end hands on the rest without a frame, and cancels it', () => {
    let cancelled = 0;
    const out: string[] = [];
    const batch = createTextBatch(
      () => () => cancelled++,
      (text) => out.push(text),
    );
    batch.add('rest');
    batch.end();
    batch.end();
    expect(out).toEqual(['rest']);
    expect(cancelled).toBe(1);
  });
});
