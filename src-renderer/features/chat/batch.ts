/**
 * Collects pieces of text and hands them on once per frame, whatever the rate they come at. `end` hands on the rest at once:
 * a hidden window has no frames, and the end of an answer must not wait for one.
 */
export function createTextBatch(
  schedule: (run: () => void) => () => void,
  flush: (text: string) => void,
): { add: (text: string) => void; end: () => void } {
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

/** The schedule of a window. */
export function nextFrame(run: () => void): () => void {
  const id = requestAnimationFrame(run);
  return () => cancelAnimationFrame(id);
}
