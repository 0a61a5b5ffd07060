// The engine for machines where Ollama runs already.
import { hasImages, type ChatChunk, type ChatRequest } from '../../../src-shared/chat.ts';
import type { EngineFacts } from '../../../src-shared/engine.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { vulnerabilityOf } from '../../../src-shared/minimum-versions.ts';
import type { ModelInfo } from '../../../src-shared/model.ts';
import type { Clock, Engine, Log } from '../../jobs/ports.ts';
import { isElsewhere } from '../elsewhere.ts';
import { modelsInUse } from '../models-in-use.ts';
import { defaultPatience, type Patience } from '../patience.ts';
import { serverAnswer } from '../server-answer.ts';
import { lookTimeoutMs, serverLooks } from '../server-looks.ts';
import { abilities, askedContext, capabilitiesOf, effortsOf } from './abilities.ts';
import { ollamaAddress } from './address.ts';
import { askedOllama } from './answer.ts';
import { ollamaClient } from './client.ts';
import { ollamaDevice } from './device.ts';
import { ollamaFailure } from './failures.ts';
import { pullModel } from './pull.ts';
import { ollamaShelf } from './shelf.ts';
import { running as runningAnswer, tags, versionAnswer, type Running, type Tag } from './wire.ts';

export type OllamaOptions = {
  /** --ollama-url or the setting; otherwise OLLAMA_HOST, OLLAMA_LOCALHOST (also from `cwd`/.env), 127.0.0.1:11434 */
  url?: string | undefined;
  env: NodeJS.ProcessEnv;
  cwd: string;
  clock: Clock;
  log: Log;
  patience?: Partial<Patience>;
  /** Whether that address is on another machine; default isElsewhere. */
  elsewhere?: (address: string) => Promise<boolean>;
};

type Seen = { tags: Tag[]; running: Running[] };

/** See OllamaOptions. Nothing is asked until start() or models(); once started, a missing Ollama is looked for every 3 s. */
export function ollamaEngine(options: OllamaOptions): Engine {
  const { clock, log, env } = options;
  const patience = { ...defaultPatience, ...options.patience };
  // Ollama does not tell how many answers it writes at once; what its own environment says is the best guess.
  const slots = Math.max(1, Math.min(64, Math.trunc(Number(env['OLLAMA_NUM_PARALLEL'])) || 1));
  const able = abilities();
  const using = modelsInUse();
  let address = '';
  let remote = false;
  /** Of the last look, also at an Ollama that is not started here. */
  let version: string | undefined;
  async function look(signal: AbortSignal): Promise<Seen> {
    address = await ollamaAddress(options);
    remote = await (options.elsewhere ?? isElsewhere)(address);
    try {
      const client = ollamaClient(address, AbortSignal.any([signal, AbortSignal.timeout(lookTimeoutMs)]));
      const [found, models, running] = await Promise.all([client.version(), client.list(), client.ps()]);
      ({ version } = versionAnswer.parse(found));
      // A model on somebody else's machine would carry the question out of the swarm.
      const local = (tags.parse(models).models ?? []).filter(({ remote_host }) => remote_host === undefined);
      return {
        // an embedding model cannot chat
        tags: (await able.added(local, client)).filter(({ capabilities }) => capabilities?.includes('completion') ?? true),
        running: runningAnswer.parse(running).models ?? [],
      };
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError')
        throw new Failure('engine-stalled', `Ollama at ${address} does not answer in ${lookTimeoutMs / 1000} s.`, { cause: error });
      throw ollamaFailure(error, address, false);
    }
  }

  const looks = serverLooks<Seen>({
    clock,
    look,
    isUp: () => true,
    beside: () => JSON.stringify([version, remote]),
    onChange: (seen, failure) => log.info('ollama', { address, version, models: seen?.tags.length, failure: failure?.code }),
  });

  /** The context that was last asked for, by model: without such a wish Ollama loads it again, with its own. */
  const tuned = new Map<string, number>();
  const isLoaded = (name: string, among = looks.seen()): boolean => among?.running.some((model) => model.name === name) ?? false;
  /** With another context it is loaded again. */
  const isReady = ({ name }: Tag, context: number | undefined): boolean =>
    looks
      .seen()
      ?.running.some(
        (model) =>
          model.name === name &&
          (context === undefined ? !tuned.has(name) || model.context_length !== tuned.get(name) : model.context_length === context),
      ) ?? false;
  const find = (name: string): Tag => {
    const seen = looks.seen();
    if (seen === undefined) throw looks.failure() ?? new Failure('engine-missing', 'Ollama has not been asked yet.');
    const found = seen.tags.find((tag) => tag.name === name || tag.name === `${name}:latest`);
    if (found === undefined || using.isLeaving(found.name)) throw new Failure('model-missing', `Ollama has no model ${name}.`);
    return found;
  };
  const current = (name: string): Promise<Tag> => looks.found(() => find(name));

  async function* answer(request: ChatRequest, tag: Tag, askedAt: number, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    const { contextTokens } = request.parameters;
    const context = contextTokens === undefined ? undefined : askedContext(tag, contextTokens);
    if (context !== undefined) tuned.set(tag.name, context);
    const asked = askedOllama({
      address,
      tag,
      request,
      askedAt,
      isLoaded: () => isReady(tag, context),
      setLoading: (loading) => looks.setLoading(loading ? tag.name : undefined),
    });
    yield* serverAnswer(asked, { clock, patience }, signal);
    // it was loaded with its own again
    if (context === undefined) tuned.delete(tag.name);
  }

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    const askedAt = clock.now();
    signal.throwIfAborted();
    if (request.model === undefined) throw new Failure('bad-request', 'The engine needs to be told which model answers.');
    const tag = await current(request.model);
    if (hasImages(request) && tag.capabilities?.includes('vision') !== true) {
      throw new Failure('no-vision', `${tag.name} does not see pictures.`);
    }
    const done = using.use(tag.name);
    try {
      yield* looks.counted(() => answer(request, tag, askedAt, signal), signal);
    } finally {
      done();
    }
  }

  async function keep(name: string, keepAlive: string | number, signal: AbortSignal): Promise<void> {
    const tag = await current(name);
    try {
      await ollamaClient(address, signal).generate({ model: tag.name, prompt: '', keep_alive: keepAlive, stream: false });
    } catch (error) {
      signal.throwIfAborted();
      throw ollamaFailure(error, address, false);
    } finally {
      await looks.refresh();
    }
  }

  function facts(): EngineFacts {
    const seen = looks.seen();
    const contextLength = seen?.running[0]?.context_length;
    return {
      kind: 'ollama',
      ...(version === undefined ? {} : { version }),
      state: looks.state(),
      device: ollamaDevice(seen?.running ?? []),
      slots: { total: slots, free: Math.max(0, slots - looks.busy()) },
      ...(contextLength === undefined ? {} : { contextLength }),
      ...(address === '' ? {} : { address }),
      ...(remote ? { remote } : {}),
      images: true,
      vulnerable: vulnerabilityOf('ollama', version),
    };
  }

  return {
    kind: 'ollama',
    facts,
    watch: looks.watch,
    start: looks.start,
    stop: looks.stop,
    async models() {
      const now = await looks.latest();
      return (now?.tags ?? []).map((tag): ModelInfo => {
        const running = now?.running.find(({ name }) => name === tag.name)?.context_length;
        // what one question asked for is not what the next one gets
        const served = running === tuned.get(tag.name) ? undefined : running;
        return { ...toModelInfo(tag, isLoaded(tag.name, now)), ...(served === undefined ? {} : { servedContext: served }) };
      });
    },
    async load(name, signal) {
      const tag = await current(name);
      const done = using.use(tag.name);
      looks.setLoading(tag.name);
      try {
        await keep(tag.name, '5m', signal);
      } finally {
        done();
        looks.setLoading(undefined);
      }
    },
    async *pull(model, signal) {
      if (address === '') {
        address = await ollamaAddress(options);
        remote = await (options.elsewhere ?? isElsewhere)(address);
      }
      yield* pullModel({ address, model, clock, patienceMs: patience.loadingMs }, signal);
      await looks.refresh();
    },
    async unload(name) {
      await keep(name, 0, AbortSignal.timeout(30_000));
    },
    shelf: ollamaShelf({
      using,
      remote: () => remote,
      async find(name) {
        const found = await look(new AbortController().signal);
        return { address, tags: found.tags, tag: found.tags.find((tag) => tag.name === name), loaded: isLoaded(name, found) };
      },
      // the list of a started engine shows at once that it is gone
      gone: looks.refresh,
    }),
    chat,
  };
}

function toModelInfo(tag: Tag, loaded: boolean): ModelInfo {
  const { name, size, digest, details } = tag;
  const capabilities = capabilitiesOf(tag);
  const efforts = effortsOf(tag);
  return {
    name,
    loaded,
    ...(size === undefined ? {} : { sizeBytes: Math.trunc(size) }),
    ...(digest === undefined ? {} : { digest: digest.replace(/^sha256:/, '') }),
    ...(details?.context_length === undefined ? {} : { contextLength: details.context_length }),
    ...(details?.quantization_level === undefined ? {} : { quantization: details.quantization_level }),
    ...(details?.parameter_size === undefined || details.parameter_size === '' ? {} : { parameters: details.parameter_size }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(efforts === undefined ? {} : { efforts }),
  };
}
