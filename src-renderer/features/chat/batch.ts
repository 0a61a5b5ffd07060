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
/** What is slow to draw is drawn less often, so that drawing takes at most a fifth of the time; but at least so often. */
const shareOfTime = 5;
const drawAtLeastEveryMs = 500;

/**
 * The frames in which an answer is drawn: the next one for what comes first, and then none sooner than `drawEveryMs` after the last, or
 * later where drawing takes long.
 */
export function pacedFrames({ frame, after, now }: Pick<ChatEdges, 'frame' | 'after' | 'now'>): Schedule {
  let next = Number.NEGATIVE_INFINITY;
  /** A frame was drawn, and is not over: how long it took is not known yet. */
  let drawing = false;
  const draw = (run: () => void): void => {
    const begun = now();
    drawing = true;
    // styles, places and pixels belong to the frame: the task after it is the first that comes when all of them are done
    after(0, () => {
      drawing = false;
      next = begun + Math.min(drawAtLeastEveryMs, Math.max(drawEveryMs, (now() - begun) * shareOfTime));
    });
    run();
  };
  return (run) => {
    let cancel = (): void => undefined;
    const look = (): void => {
      // the bound: a wall clock may be set back
      const wait = drawing ? 0 : Math.min(drawAtLeastEveryMs, next - now());
      cancel = drawing || wait > 0 ? after(wait, look) : frame(() => draw(run));
    };
    look();
    return () => cancel();
  };
}

/** The frames of a window. */
export function nextFrame(run: () => void): () => void {
  const id = requestAnimationFrame(run);
  return () => cancelAnimationFrame(id);
}
