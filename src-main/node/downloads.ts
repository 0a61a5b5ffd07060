// Models that the owner has downloaded to this machine, over pauses, failures and restarts of the node.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { maxDownloads, modelDownload, onItsWay, sameSource, type DownloadSource, type ModelDownload } from '../../src-shared/download.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { Downloading } from '../../src-shared/peer.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { fitOf } from '../jobs/fit.ts';
import type { Clock, Engine, Log, Pulled } from '../jobs/ports.ts';
import { modelNeedMb } from '../jobs/reservations.ts';
import { downloadPace } from './download-pace.ts';

/** The speed is said anew this often, and what is here is kept on disk every fifth time, ms. */
const tickMs = 1_000;

export type DownloadsOptions = {
  clock: Clock;
  log: Log;
  /** Makes one; it is not started. */
  engine: (settings: Settings) => Engine;
  settings: () => Settings;
  /** The one that runs now; it is to look at its models when there is a new one. */
  running: () => Engine | null;
  machine: () => HardwareFacts;
  /** Keeps what is not done over a restart. */
  keeper: { read(): unknown; write(dump: unknown): void };
  changed: () => void;
};

export type Downloads = {
  list(): ModelDownload[];
  /** What the others are told: the one that runs. */
  told(): Downloading | undefined;
  /**
   * Begins, or goes on with the one that is from there already. Fails with bad-model-address, download-begun, not-allowed, rate-limited.
   * @param askedBy a member wants it, not the owner: one that was begun stays as it is, unless it failed
   * @param room throws when no further one may begin
   */
  start(source: DownloadSource, askedBy?: NonNullable<ModelDownload['askedBy']>, room?: () => void): Promise<void>;
  /** Each fails with not-found. */
  pause(id: string): void;
  resume(id: string): void;
  /** Ends it, and deletes what came; a finished one only leaves the list. */
  cancel(id: string): Promise<void>;
  /** Goes on with what ran when the node ended. */
  up(): void;
  /** Ends the work, not the wish for it. */
  stop(): Promise<void>;
};

type Entry = {
  now: ModelDownload;
  abort: AbortController;
  work: Promise<void>;
  /** It was cancelled, and is in no list any more; ends when what came of it is deleted. */
  leaving: Promise<void> | null;
};

const dump = z.object({ downloads: z.array(z.unknown()) });

export function downloadsOf(options: DownloadsOptions): Downloads {
  const { clock, log, changed, keeper } = options;
  const entries = new Map<string, Entry>();
  let stopped = false;

  const list = (): ModelDownload[] => [...entries.values()].filter(({ leaving }) => leaving === null).map(({ now }) => now);
  const keep = (): void => {
    try {
      keeper.write({ downloads: list().filter(({ state }) => state !== 'done') });
    } catch (error) {
      log.warn('what is being downloaded could not be kept', { reason: String(error) });
    }
  };
  const set = (entry: Entry, next: Partial<ModelDownload>): void => {
    const before = entry.now.state;
    entry.now = { ...entry.now, ...next };
    if (entry.now.state !== before && !stopped) keep();
    changed();
  };
  const add = (now: ModelDownload): Entry => {
    const entry: Entry = { now, abort: new AbortController(), work: Promise.resolve(), leaving: null };
    entries.set(now.id, entry);
    return entry;
  };
  const found = (id: string): Entry => {
    const entry = entries.get(id);
    if (entry === undefined || entry.leaving !== null) throw new Failure('not-found', 'There is no such download.');
    return entry;
  };
  const engineOf = ({ engine }: DownloadSource): Engine => options.engine({ ...options.settings(), engine });

  /** @throws Failure model-too-big */
  const judge = (engine: Engine, sizeBytes: number): void => {
    const now = options.running();
    const facts = (now?.kind === engine.kind ? now : engine).facts();
    if (fitOf(modelNeedMb({ sizeBytes }), options.machine(), facts) === 'too-big')
      throw new Failure('model-too-big', `A model of ${sizeBytes} bytes is larger than the memory of this machine.`);
  };
  const work = async (entry: Entry, engine: Engine, signal: AbortSignal): Promise<void> => {
    const pace = downloadPace(clock, entry.now.receivedBytes);
    let ticks = 0;
    const tick = (): void => {
      cancel = clock.after(tickMs, tick);
      set(entry, { bytesPerSecond: pace.perSecond() });
      if ((ticks += 1) % 5 === 0) keep();
    };
    let cancel = clock.after(tickMs, tick);
    try {
      let judged = 0;
      for await (const step of stepsOf(engine, entry.now.source, signal)) {
        signal.throwIfAborted();
        const { receivedBytes, totalBytes, again, checking } = step;
        if (totalBytes !== null && totalBytes > judged) judge(engine, (judged = totalBytes));
        pace.came(receivedBytes);
        set(entry, {
          receivedBytes,
          totalBytes: totalBytes ?? entry.now.totalBytes,
          state: checking === true ? 'checking' : 'running',
          ...(again === true ? { again } : {}),
        });
      }
    } finally {
      cancel();
    }
  };
  const run = async (entry: Entry, abort: AbortController, checked: boolean): Promise<void> => {
    const { signal } = abort;
    if (signal.aborted) return;
    const engine = engineOf(entry.now.source);
    try {
      await work(entry, engine, signal).catch((error: unknown) => {
        // it got its name, and the node ended before it could say so
        if (!checked || toFailure(error).code !== 'model-exists') throw error;
      });
      set(entry, { state: 'done', receivedBytes: entry.now.totalBytes ?? entry.now.receivedBytes, bytesPerSecond: null });
      await options.running()?.models();
    } catch (error) {
      if (signal.aborted) return;
      const failure = toFailure(error);
      log.warn('a model could not be downloaded', { model: entry.now.name, code: failure.code, reason: failure.message });
      if (entry.now.state !== 'done') set(entry, { state: 'failed', failure: failure.toShape(), bytesPerSecond: null });
    } finally {
      await engine.stop();
    }
  };
  const go = (entry: Entry, checked = false): void => {
    const abort = new AbortController();
    entry.abort = abort;
    // what was paused a moment ago may still be closing its file
    entry.work = entry.work.then(() => run(entry, abort, checked));
    set(entry, { state: 'running', failure: null, again: false, bytesPerSecond: null });
    keep();
  };
  const leave = async ({ now: { id, source, state }, work: last }: Entry): Promise<void> => {
    try {
      await last;
      if (source.engine !== 'embedded' || state === 'done') return;
      const engine = engineOf(source);
      await engine.fetcher?.discard(source);
      await engine.stop();
    } finally {
      entries.delete(id);
    }
  };
  const ofThatName = (source: DownloadSource): Entry[] => [...entries.values()].filter(({ now }) => sameFile(now.source, source));

  return {
    list,
    told: () => onItsWay(list()),
    async start(source, askedBy, room) {
      const engine = engineOf(source);
      const name = source.engine === 'ollama' ? source.name : engine.fetcher?.nameOf(source.url);
      await engine.stop();
      if (name === undefined) throw new Failure('not-allowed', 'This engine fetches no model files.');
      if (name === null) throw new Failure('bad-model-address', 'That is not the https address of one .gguf file.');
      const beingDeleted = (): Entry | undefined => ofThatName(source).find(({ leaving }) => leaving !== null);
      for (let one = beingDeleted(); one !== undefined; one = beingDeleted()) await one.leaving;
      // nothing is waited for from here on: of two presses the second one finds the first
      const same = ofThatName(source);
      const begun = same.find(({ now }) => now.state !== 'done');
      if (begun !== undefined && givesWay(begun.now, source, askedBy)) entries.delete(begun.now.id);
      else if (begun !== undefined) {
        if (!sameSource(begun.now.source, source)) throw new Failure('download-begun', 'A file of that name is on its way from elsewhere.');
        if ((begun.now.state === 'paused' && askedBy === undefined) || begun.now.state === 'failed') go(begun);
        return;
      }
      room?.();
      for (const { now } of same) if (sameSource(now.source, source)) entries.delete(now.id);
      if (entries.size >= maxDownloads) for (const { now } of entries.values()) if (now.state === 'done') entries.delete(now.id);
      if (entries.size >= maxDownloads) throw new Failure('rate-limited', 'There are as many downloads as are kept already.');
      go(add({ ...blank, id: randomUUID(), source, name, ...(askedBy === undefined ? {} : { askedBy }) }));
    },
    pause(id) {
      const entry = found(id);
      if (entry.now.state !== 'running') return;
      entry.abort.abort();
      set(entry, { state: 'paused', bytesPerSecond: null });
    },
    resume(id) {
      const entry = found(id);
      if (entry.now.state === 'paused' || entry.now.state === 'failed') go(entry);
    },
    async cancel(id) {
      const entry = found(id);
      entry.abort.abort();
      const left = leave(entry);
      entry.leaving = left.catch(() => {});
      keep();
      changed();
      await left;
    },
    up() {
      const kept = dump.safeParse(keeper.read()).data?.downloads ?? [];
      for (const now of kept.flatMap((one) => modelDownload.safeParse(one).data ?? []).slice(0, maxDownloads)) {
        if (list().some(({ id, source }) => id === now.id || sameFile(source, now.source))) continue;
        const entry = add({ ...now, bytesPerSecond: null });
        if (now.state === 'running' || now.state === 'checking') go(entry, now.state === 'checking');
      }
    },
    async stop() {
      const first = !stopped;
      if (first) keep();
      stopped = true;
      for (const { abort } of entries.values()) abort.abort();
      await Promise.all([...entries.values()].map((entry) => entry.leaving ?? entry.work));
      // what was looked at may have become a model
      if (first) keep();
    },
  };
}

const blank = {
  state: 'running',
  receivedBytes: 0,
  totalBytes: null,
  bytesPerSecond: null,
  again: false,
  failure: null,
} as const satisfies Partial<ModelDownload>;

/** Whether it was in vain: whoever asked for it had the address wrong, most likely, and now gives another one. */
function givesWay(now: ModelDownload, source: DownloadSource, askedBy: ModelDownload['askedBy']): boolean {
  const vain = now.state === 'failed' && now.receivedBytes === 0 && !sameSource(now.source, source);
  return vain && now.askedBy?.peerId === askedBy?.peerId;
}

/** Whether both would lie here under the same name; the disks of macOS and Windows look at no case. */
function sameFile(one: DownloadSource, other: DownloadSource): boolean {
  if (one.engine === 'ollama' || other.engine === 'ollama') return sameSource(one, other);
  const [name, otherName] = [one.url, other.url].map((url) => new URL(url).pathname.split('/').at(-1)?.toLowerCase());
  return name === otherName;
}

/** @throws Failure not-allowed where the engine cannot */
function stepsOf(engine: Engine, source: DownloadSource, signal: AbortSignal): AsyncIterable<Pulled> {
  const steps = source.engine === 'ollama' ? engine.pull?.(source.name, signal) : engine.fetcher?.fetch(source, signal);
  if (steps === undefined) throw new Failure('not-allowed', 'This engine downloads no models.');
  return steps;
}
