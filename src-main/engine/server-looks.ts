// What an engine that is a server of its own knows of that server: looked at again and again while it is started, in doubt after an answer that
// failed, and told to watchers when it changed.
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { EngineState } from '../../src-shared/engine.ts';
import { Failure, toFailure, type FailureCode } from '../../src-shared/failure.ts';
import type { Clock } from '../jobs/ports.ts';

const lookMs = { up: 10_000, down: 3000 };

/** A look at a server that is well takes milliseconds. */
export const lookTimeoutMs = 5000;

/** Failures of one answer after which it is not sure that the server is there at all. */
const gone: ReadonlySet<FailureCode> = new Set(['engine-missing', 'engine-crashed', 'engine-stalled']);

export type ServerLooksOptions<Seen> = {
  clock: Clock;
  /** Looks now. Fails with a Failure. */
  look(signal: AbortSignal): Promise<Seen>;
  /** It answers, and can be asked; false: it begins, and is looked at again soon. */
  isUp(seen: Seen): boolean;
  /** What facts() says beside what was seen, as text: to tell whether it changed. */
  beside(): string;
  /** After a look that found something else than the one before. */
  onChange(seen: Seen | undefined, failure: Failure | undefined): void;
};

export type ServerLooks<Seen> = {
  /** Of the last look; undefined: none, or it failed. */
  seen(): Seen | undefined;
  failure(): Failure | undefined;
  busy(): number;
  state(): EngineState;
  watch(watcher: () => void): () => void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Brings what is known up to date, where it is started; never throws. */
  refresh(): Promise<void>;
  /** What is there now. Without start() it is one look, that nobody else sees, and fails as that does. */
  latest(): Promise<Seen | undefined>;
  /** What `find` finds in the last look, or else in one more: what came a moment ago is not in the last one. Fails as `find` does. */
  found<Found>(find: () => Found): Promise<Found>;
  setLoading(model: string | undefined): void;
  /**
   * Runs an answer with a slot counted; looks again afterwards, since loading changes what runs. One that fails as if the server were gone puts
   * it down until that look says otherwise, so that nobody else is sent after the one who met it.
   */
  counted(work: () => AsyncGenerator<ChatChunk, void>, signal: AbortSignal): AsyncGenerator<ChatChunk, void>;
};

/** Nothing is looked at until start(); from then on a server that is up every 10 s, one that is down every 3 s. */
export function serverLooks<Seen>({ clock, look, isUp, beside, onChange }: ServerLooksOptions<Seen>): ServerLooks<Seen> {
  const watchers = new Set<() => void>();
  let seen: Seen | undefined;
  let failure: Failure | undefined;
  let life: AbortController | undefined;
  let busy = 0;
  let loadingNow: string | undefined;
  let cancelLook = (): void => {};
  let nextLook: number | undefined;

  const changed = (): void => watchers.forEach((watcher) => watcher());
  const told = (): string => JSON.stringify([seen, failure?.toShape(), beside()]);

  function schedule(): void {
    cancelLook();
    const delay = seen !== undefined && isUp(seen) ? lookMs.up : lookMs.down;
    nextLook = clock.date() + delay;
    cancelLook = clock.after(delay, () => void refresh());
  }

  async function refresh(): Promise<void> {
    const signal = life?.signal;
    if (signal === undefined) return;
    const before = told();
    try {
      const found = await look(signal);
      if (signal.aborted) return;
      [seen, failure] = [found, undefined];
    } catch (error) {
      if (signal.aborted) return;
      [seen, failure] = [undefined, toFailure(error)];
    }
    schedule();
    if (told() === before) return;
    onChange(seen, failure);
    changed();
  }

  /** Before the look after the answer: that one has to see that something changed, or nobody is told that the server is well. */
  function doubt(why: Failure): void {
    if (life === undefined || !gone.has(why.code)) return;
    failure = why;
    changed();
  }

  function setLoading(model: string | undefined): void {
    if (loadingNow === model) return;
    loadingNow = model;
    changed();
  }

  return {
    seen: () => seen,
    failure: () => failure,
    busy: () => busy,
    state() {
      if (life === undefined) return { kind: 'stopped' };
      if (failure !== undefined)
        return { kind: 'failed', failure: failure.toShape(), ...(nextLook === undefined ? {} : { retryAt: nextLook }) };
      if (seen === undefined || !isUp(seen)) return { kind: 'starting' };
      return loadingNow === undefined ? { kind: 'ready' } : { kind: 'loading', model: loadingNow };
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    async start() {
      if (life !== undefined) return;
      life = new AbortController();
      await refresh();
    },
    async stop() {
      life?.abort();
      life = undefined;
      [seen, failure] = [undefined, undefined];
      cancelLook();
      changed();
    },
    refresh,
    async latest() {
      if (life === undefined) return await look(new AbortController().signal);
      await refresh();
      return seen;
    },
    async found(find) {
      try {
        return find();
      } catch {
        await refresh();
        return find();
      }
    },
    setLoading,
    async *counted(work, signal) {
      busy += 1;
      changed();
      try {
        yield* work();
      } catch (error) {
        if (error instanceof Failure && !signal.aborted) doubt(error);
        throw error;
      } finally {
        busy -= 1;
        setLoading(undefined);
        changed();
        void refresh();
      }
    },
  };
}
