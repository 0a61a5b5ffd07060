import type { ChatEdges } from './edges.ts';

/** Runs something at its next turn; returns how to cancel it. */
type Schedule = (run: () => void) => () => void;

/**
 * Collects pieces of text and hands them on at the turns of a schedule, whatever the rate they come at. `end` hands on the rest at once:
 * a hidden window has no frames, and the end of an answer must not wait for one.
 */
export function createTextBatch(schedule: Schedule, flush: (text: string) => void): { add: (text: string) => void; end: () => void } {
  let text = '';
  let cancel: (() => void) | null = null;

  const handOn = (): void => {
    cancel = null;
    if (text === '') return;
    const whole = text;
    text = '';
    flush(whole);
  };

  return {
    add: (piece) => {
      text += piece;
      cancel ??= schedule(handOn);
    },
    end: () => {
      cancel?.();
      handOn();
    },
  };
}

/** Text that grows twenty times a second reads as flowing; every frame of it would cost three times as much. */
const drawEveryMs = 50;
/** What is slow to draw is drawn less often, so that drawing takes at most a quarter of the time; but at least so often. */
const shareOfTime = 4;
const drawAtLeastEveryMs = 500;

/**
 * The frames in which an answer is drawn: the next one for what comes first, and then none sooner than `drawEveryMs` after the last, or
 * later where drawing takes long.
 */
export function pacedFrames({ frame, after, now }: Pick<ChatEdges, 'frame' | 'after' | 'now'>): Schedule {
  let next = Number.NEGATIVE_INFINITY;
  const draw = (run: () => void): void => {
    const begun = now();
    next = begun + drawEveryMs;
    run();
    // React draws in a microtask that was asked for before this one.
    queueMicrotask(() => {
      const took = now() - begun;
      next = begun + Math.min(drawAtLeastEveryMs, Math.max(drawEveryMs, took * shareOfTime));
    });
  };
  return (run) => {
    const inFrame = (): (() => void) => frame(() => draw(run));
    // the bound: a wall clock may be set back
    const wait = Math.min(drawAtLeastEveryMs, next - now());
    if (!(wait > 0)) return inFrame();
    let cancelFrame: (() => void) | null = null;
    const cancelWait = after(wait, () => {
      cancelFrame = inFrame();
    });
    return () => {
      cancelWait();
      cancelFrame?.();
    };
  };
}

/** The frames of a window. */
export function nextFrame(run: () => void): () => void {
  const id = requestAnimationFrame(run);
  return () => cancelAnimationFrame(id);
}
