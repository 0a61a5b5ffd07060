import { describe, expect, test } from 'vitest';
import { createTextBatch, pacedFrames } from './batch.ts';

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

describe('pacedFrames', () => {
  /** Time by hand, in steps of 1 ms, and a frame each 16 ms. */
  function paced({ takes = 0, paints = 0 } = {}) {
    let time = 0;
    let waiting: { at: number; run: () => void }[] = [];
    const after = (ms: number, run: () => void): (() => void) => {
      const timer = { at: time + ms, run };
      waiting.push(timer);
      return () => {
        waiting = waiting.filter((other) => other !== timer);
      };
    };
    const drawn: number[] = [];
    const schedule = pacedFrames({ now: () => time, after, frame: (run) => after(16 - (time % 16), run) });
    const batch = createTextBatch(schedule, () => {
      drawn.push(time);
      time += takes;
    });
    const pass = async (ms: number): Promise<void> => {
      for (const end = time + ms; time < end; time++) {
        const due = waiting.filter(({ at }) => at <= time);
        waiting = waiting.filter(({ at }) => at > time);
        const before = drawn.length;
        for (const { run } of due) run();
        await Promise.resolve();
        // what a frame does once all have said what is in it
        if (drawn.length > before) time += paints;
      }
    };
    return { batch, drawn, pass, gaps: () => drawn.slice(1).map((at, before) => at - (drawn[before] ?? 0)) };
  }

  test('what comes first is drawn in the next frame, and what follows twenty times a second, whatever the rate it comes at', async () => {
    const { batch, drawn, pass, gaps } = paced();
    for (let at = 0; at < 200; at++) {
      batch.add('word ');
      await pass(10);
    }
    expect(drawn[0]).toBe(16);
    expect(drawn.length).toBeGreaterThan(25);
    expect(Math.min(...gaps())).toBeGreaterThanOrEqual(50);
  });

  test('after a pause the next piece waits for no more than a frame', async () => {
    const { batch, drawn, pass } = paced();
    batch.add('a');
    await pass(1000);
    batch.add('b');
    await pass(17);
    expect(drawn).toHaveLength(2);
  });

  test.each([{ takes: 60 }, { paints: 60 }])('what takes long to draw is drawn less often, but goes on: %o', async (slow) => {
    const { batch, drawn, pass, gaps } = paced(slow);
    for (let at = 0; at < 300; at++) {
      batch.add('word ');
      await pass(10);
    }
    expect(Math.min(...gaps())).toBeGreaterThanOrEqual(300);
    expect(drawn.length).toBeGreaterThan(8);
  });

  test('the end waits for no turn, and none comes after it', async () => {
    const { batch, drawn, pass } = paced();
    batch.add('a');
    await pass(20);
    batch.add('b');
    batch.end();
    await pass(1000);
    expect(drawn).toEqual([16, 20]);
  });
});
