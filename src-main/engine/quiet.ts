// A stream that may be silent for long, without waiting for it.
import type { Clock } from '../jobs/ports.ts';

/**
 * What `items` gives, and undefined each time nothing came for `everyMs`. Leaving it leaves an item that is still awaited behind: whoever
 * leaves aborts what `items` waits for.
 */
export async function* orQuiet<Item>(
  items: AsyncGenerator<Item, void>,
  clock: Clock,
  everyMs: number,
): AsyncGenerator<Item | undefined, void> {
  for (;;) {
    const next = items.next();
    // it may be left behind
    next.catch(() => undefined);
    let result: IteratorResult<Item, void> | undefined;
    while ((result = await orLater(next, clock, everyMs)) === undefined) yield undefined;
    if (result.done === true) return;
    yield result.value;
  }
}

/** undefined: it takes longer than that. */
async function orLater<Value>(promise: Promise<Value>, clock: Clock, ms: number): Promise<Value | undefined> {
  let cancel = (): void => undefined;
  const later = new Promise<undefined>((resolve) => void (cancel = clock.after(ms, () => resolve(undefined))));
  return Promise.race([promise, later]).finally(() => cancel());
}
