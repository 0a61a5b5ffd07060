// The engine's life under the role: started when this machine is to lead, drained and stopped when it is not.
import type { OfferedDownload, PeerId } from '../../src-shared/peer.ts';
import type { AnswerFigures, Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { EngineFacts } from '../../src-shared/engine.ts';
import { Failure, isCancel, toFailure } from '../../src-shared/failure.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { admission, type Admission, type EngineDown } from '../jobs/admission.ts';
import type { Limits } from '../jobs/limits.ts';
import type { Clock, Engine, Log, ServedChat } from '../jobs/ports.ts';
import { reservations } from '../jobs/reservations.ts';
import { loadReserved, reserving } from '../jobs/reserving.ts';
import { downloadable, downloaded } from './downloading.ts';

export type Leading = {
  readonly admission: Admission;
  /** Downloads the model first, where it may; then the admission. Whether `from` may have it do so is decided before. */
  readonly chat: ServedChat;
  readonly draining: boolean;
  /** The engine is up, and its first model is not in memory yet, or could not be brought there. */
  warming(): boolean;
  /** Why questions wait, or are refused, though this machine means to answer them; null: the engine takes them. */
  down(): EngineDown | null;
  /** The engine was up, is down, and is coming back. */
  restarting(): boolean;
  engine(): Engine | null;
  models(): ModelInfo[];
  /** What it would download before it answers with it. */
  downloads(): OfferedDownload[];
  /** Memory that is held for models on their way in, MiB. */
  reservedMb(): number;
  /** Brings the engine to what role and settings want. Returns at once; changed() tells. */
  want(lead: boolean, settings: Settings): void;
  /** Ends everything now. */
  stop(): Promise<void>;
};

type Running = {
  engine: Engine;
  made: string;
  unwatch: () => void;
  loading: AbortController;
  /** The model of the settings that was loaded before anybody asked. */
  warmed: string | undefined;
  /** Its start, up to the end of that load. */
  warming: boolean;
  wasUp: boolean;
};

export type LeadingOptions = {
  clock: Clock;
  engine: (settings: Settings) => Engine;
  log: Log;
  /** This machine in the swarm; null: in none */
  self: () => PeerId | null;
  /** undefined: nobody has bounds */
  limits?: Limits;
  /** An answer came to its end here. */
  wrote?: (model: string, figures: AnswerFigures) => void;
  /** What models may take of this machine now, if these may be put out of memory for them, MiB; null: unknown */
  freeMb?: (engine: EngineFacts | null, resting: readonly ModelInfo[]) => number | null;
  /** What the owner lets be downloaded; left out: nothing */
  downloads?: () => readonly OfferedDownload[];
  changed: () => void;
};

export function leading(options: LeadingOptions): Leading {
  const { log, changed } = options;
  let running: Running | null = null;
  let models: ModelInfo[] = [];
  let draining = false;
  /** One change at a time; the newest wish wins. */
  let wish: { lead: boolean; settings: Settings } | null = null;
  let working: Promise<void> | null = null;
  let wished = (): void => {};
  let stopped = false;
  /** One engine makes way for another. */
  let switching = false;

  const held = reservations({
    clock: options.clock,
    // whoever asks runs already; alone, it may push out what rests in memory
    freeMb: () =>
      options.freeMb?.(running?.engine.facts() ?? null, gate.running() <= 1 ? models.filter(({ loaded }) => loaded) : []) ?? null,
    changed,
  });
  const holding = { held, models: () => models };
  const chat: Chat = async function* served(request, signal) {
    const engine = running?.engine;
    if (engine === undefined) throw missing();
    for await (const chunk of reserving(holding, engine.chat)({ ...request, model: modelFor(request) }, signal)) {
      if (chunk.kind === 'done') options.wrote?.(chunk.model, chunk.figures);
      yield chunk;
    }
  };
  const downloads = (): OfferedDownload[] => downloadable(options.downloads?.() ?? [], running?.engine ?? null, models);
  /** Without a slot: a download takes minutes, and the engine can write for others meanwhile. */
  async function* withModel(request: ChatRequest, signal: AbortSignal, from: PeerId): AsyncGenerator<ChatChunk> {
    const current = running;
    const wanted = downloads().find(({ name }) => name === request.model);
    if (current !== null && wanted !== undefined) {
      const either = AbortSignal.any([signal, current.loading.signal]);
      yield* downloaded(current.engine, wanted.name, either, () => refresh(current.engine));
    }
    yield* gate.chat(request, signal, from);
  }
  const modelFor = ({ model }: Pick<ChatRequest, 'model'>): string => {
    const chosen = model ?? models.find(({ loaded }) => loaded)?.name ?? models[0]?.name;
    if (chosen === undefined) throw new Failure('model-missing', 'The engine has no model to run.');
    return chosen;
  };
  const down = (): EngineDown | null => {
    if (switching) return { why: new Failure('engine-failed', 'The engine is changed for another one.'), final: false };
    const state = running?.engine.facts().state;
    if (state === undefined) return { why: missing(), final: true };
    if (state.kind === 'failed') return { why: toFailure(state.failure), final: state.retryAt === undefined };
    if (state.kind === 'ready' || state.kind === 'loading') return null;
    return { why: new Failure('engine-failed', 'The engine is being started.'), final: stopped };
  };
  const gate = admission({
    clock: options.clock,
    chat,
    down,
    slots: () => Math.max(1, running?.engine.facts().slots.total ?? 1),
    slotsOf: (model) => models.find(({ name }) => name === model)?.slots ?? null,
    // names that nobody has share one line, so that they are no way around its bound
    modelOf: (request) => {
      // the next engine may have others
      if (switching) return '';
      const model = modelFor(request);
      return models.some(({ name }) => name === model) ? model : '';
    },
    owner: options.self,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    changed,
  });

  const refresh = async (engine: Engine): Promise<void> => {
    try {
      const listed = await engine.models();
      if (running?.engine === engine) models = listedNow(listed, engine);
    } catch (error) {
      log.warn('the engine did not list its models', { reason: String(error) });
    }
    gate.recheck();
    changed();
  };
  /** One that is down for a while lists none, or none that is loaded: what it had it will have again. */
  const listedNow = (listed: ModelInfo[], engine: Engine): ModelInfo[] => {
    const { state } = engine.facts();
    const gone = state.kind === 'failed' && state.retryAt !== undefined && listed.length === 0;
    return gone ? models.map((model) => ({ ...model, loaded: false })) : listed;
  };
  const start = async (settings: Settings): Promise<void> => {
    const engine = options.engine(settings);
    const current: Running = {
      engine,
      made: madeFrom(settings),
      unwatch: () => {},
      loading: new AbortController(),
      warmed: undefined,
      warming: true,
      wasUp: false,
    };
    current.unwatch = engine.watch(() => {
      current.wasUp ||= down() === null;
      // before anybody else is sent into one that just died
      gate.recheck();
      void refresh(engine);
    });
    running = current;
    changed();
    await engine.start();
    switching = false;
    current.wasUp ||= down() === null;
    await refresh(engine);
    warmUp(current, settings);
  };
  /** The first question should not wait for a load. A failure shows in the engine's state, and again when asked. */
  const warmUp = (current: Running, settings: Settings): void => {
    const { engine, loading } = current;
    current.warmed = settings.model;
    const model = models.find(({ name }) => name === settings.model) ?? models[0];
    current.warming = model !== undefined && !model.loaded;
    if (model === undefined || model.loaded) {
      changed();
      return;
    }
    loadReserved(holding, model.name, () => engine.load(model.name, loading.signal)).then(
      () => {
        current.warming = false;
        return refresh(engine);
      },
      (error: unknown) => {
        current.warming = false;
        if (!isCancel(error)) log.warn('the model did not load', { model: model.name, reason: String(error) });
        changed();
      },
    );
  };
  const end = async (): Promise<void> => {
    if (running === null) return;
    const { engine, unwatch, loading } = running;
    loading.abort();
    unwatch();
    await engine.stop();
    running = null;
    models = [];
    changed();
  };
  const stopLeading = async (): Promise<void> => {
    draining = true;
    changed();
    const drained = gate.drain();
    // a change of mind while the last answers run makes the drain moot
    while (wish?.lead !== true && gate.running() > 0) await Promise.race([drained, new Promise<void>((resolve) => (wished = resolve))]);
    if (wish?.lead !== true) await end();
    draining = false;
    changed();
  };
  const work = async (): Promise<void> => {
    for (let next = wish; next !== null && !stopped; next = wish) {
      wish = null;
      try {
        if (!next.lead) {
          if (running !== null) await stopLeading();
          continue;
        }
        gate.resume();
        if (running !== null && running.made !== madeFrom(next.settings)) {
          switching = true;
          await end();
        }
        if (stopped) return;
        if (running === null) await start(next.settings);
        else if (running.warmed !== next.settings.model) warmUp(running, next.settings);
      } catch (error) {
        log.error('the engine could not be brought up or down', { reason: String(error) });
        await end().catch(() => {});
      } finally {
        switching = false;
        gate.recheck();
      }
    }
  };

  return {
    admission: gate,
    chat: withModel,
    get draining() {
      return draining;
    },
    down,
    warming: () => running?.warming ?? false,
    restarting: () => running?.wasUp === true && down()?.final === false,
    engine: () => running?.engine ?? null,
    models: () => models,
    downloads,
    reservedMb: held.reservedMb,
    want(lead, settings) {
      if (stopped) return;
      wish = { lead, settings };
      wished();
      working ??= work().finally(() => {
        working = null;
        if (wish !== null) this.want(wish.lead, wish.settings);
      });
    },
    async stop() {
      stopped = true;
      wish = null;
      void gate.drain();
      await end();
    },
  };
}

const missing = (): Failure => new Failure('engine-missing', 'This machine does not answer for others now.');

/** What the engine depends on; a change of anything else does not restart it. */
function madeFrom({ engine, ollamaUrl, openaiUrl }: Settings): string {
  return JSON.stringify([engine, ollamaUrl, openaiUrl]);
}
