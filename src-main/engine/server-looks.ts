// What an engine that is a server of its own knows of that server: looked at again and again while it is started, in doubt after an answer that
// failed, and told to watchers when it changed.
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { EngineState } from '../../src-shared/engine.ts';
import { toFailure, type Failure, type FailureCode } from '../../src-shared/failure.ts';
import type { Clock } from '../jobs/ports.ts';

const lookMs = { up: 10_000, down: 3000 };

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
  started(): boolean;
  busy(): number;
  state(): EngineState;
  watch(watcher: () => void): () => void;
  start(): Promise<void>;
  stop(): void;
  /** Brings what is known up to date, where it is started; never throws. */
  refresh(): Promise<void>;
  /** It counts as down from this failure on until a look says otherwise, so that nobody else is sent after the one who met it. */
  doubted(why: Failure): Failure;
  setLoading(model: string | undefined): void;
  /** Runs an answer with a slot counted; looks again afterwards, since loading changes what runs. */
  counted(work: () => AsyncGenerator<ChatChunk, void>): AsyncGenerator<ChatChunk, void>;
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

  function setLoading(model: string | undefined): void {
    if (loadingNow === model) return;
    loadingNow = model;
    changed();
  }

  return {
    seen: () => seen,
    failure: () => failure,
    started: () => life !== undefined,
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
    stop() {
      life?.abort();
      life = undefined;
      [seen, failure] = [undefined, undefined];
      cancelLook();
      changed();
    },
    refresh,
    doubted(why) {
      if (life !== undefined && gone.has(why.code)) {
        failure = why;
        changed();
      }
      return why;
    },
    setLoading,
    async *counted(work) {
      busy += 1;
      changed();
      try {
        yield* work();
      } finally {
        busy -= 1;
        setLoading(undefined);
        changed();
        void refresh();
      }
    },
  };
}
