// Virtual time: events in order of their times, and equal times in the order in which they were said. Between two events every promise settles.

export type Timeline = {
  /** ms since the beginning */
  now(): number;
  /** Returns the canceller. */
  at(time: number, run: () => void): () => void;
  after(ms: number, run: () => void): () => void;
  /** Runs everything that is due until then; stops early when `enough` says so. */
  run(until: number, enough?: () => boolean): Promise<void>;
  /** Events that happened. */
  events(): number;
};

/** Somebody who calls himself again at once does so for ever. */
const mostAtOnce = 100_000;

type Due = { time: number; order: number; run: (() => void) | null };

export function timeline(): Timeline {
  const heap: Due[] = [];
  let now = 0;
  let order = 0;
  let events = 0;
  let atOnce = 0;

  const before = (one: Due, other: Due): boolean => one.time < other.time || (one.time === other.time && one.order < other.order);
  const push = (due: Due): void => {
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(heap[parent] as Due, due)) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  };
  const pop = (): void => {
    const last = heap.pop() as Due;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Due, heap[child] as Due)) child += 1;
      if (before(last, heap[child] as Due)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
  };
  const at = (time: number, run: () => void): (() => void) => {
    const due: Due = { time: Math.max(now, time), order: (order += 1), run };
    // what never comes needs no place in the line
    if (Number.isFinite(due.time)) push(due);
    return () => void (due.run = null);
  };

  return {
    now: () => now,
    events: () => events,
    at,
    after: (ms, run) => at(now + Math.max(0, ms), run),
    run: (until, enough = () => false) =>
      oneAfterTheOther((first) => {
        if (!first && enough()) return false;
        let next = heap[0];
        while (next?.run === null) {
          pop();
          next = heap[0];
        }
        if (next === undefined || next.time > until) {
          now = Math.max(now, until);
          return false;
        }
        pop();
        atOnce = next.time > now ? 0 : atOnce + 1;
        if (atOnce > mostAtOnce) throw new Error(`time stands still at ${now} ms: ${String(next.run)}`);
        now = next.time;
        events += 1;
        next.run?.();
        return true;
      }),
  };
}

/** Steps that are told to Node at once: a turn of its loop for each of them alone would take longer than what most of them do. */
const batch = 256;

/** Takes steps until one returns false. Between two of them every promise settles: Node runs microtasks to the end after each immediate. */
function oneAfterTheOther(step: (first: boolean) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let first = true;
    let left = 0;
    let over = false;
    const take = (): void => {
      left -= 1;
      if (over) return;
      try {
        over = !step(first);
        first = false;
        if (over) resolve();
        else if (left === 0) more();
      } catch (error) {
        over = true;
        reject(error as Error);
      }
    };
    const more = (): void => {
      for (left = 0; left < batch; left += 1) setImmediate(take);
    };
    more();
  });
}
