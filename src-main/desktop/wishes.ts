// What the person asked for outside of the window, on its way into it. The page may not be there yet: then it waits.
import type { DesktopWish } from '../../src-shared/desktop.ts';

export type Wishes = {
  ask(wish: DesktopWish): void;
  /** Ends with the signal. Each wish goes to the listener that came last: a page that was loaded anew. */
  listen(signal: AbortSignal | undefined): AsyncGenerator<DesktopWish>;
};

export function openWishes(): Wishes {
  let waiting: DesktopWish | null = null;
  let wake = (): void => {};
  let newest = 0;
  return {
    ask(wish) {
      // two clicks before the window is there are one wish: the last
      waiting = wish;
      wake();
    },
    async *listen(signal) {
      const own = (newest += 1);
      wake();
      const ended = (): boolean => signal?.aborted === true || own !== newest;
      signal?.addEventListener('abort', () => wake(), { once: true });
      while (!ended()) {
        if (waiting !== null) {
          const wish = waiting;
          waiting = null;
          yield wish;
          continue;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
