// The engine for machines where a server with the OpenAI API runs already: LM Studio, llama-server, or another.
import { hasImages, type ChatChunk, type ChatRequest } from '../../../src-shared/chat.ts';
import { serverProgram, serverProgramNames, type EngineFacts, type ServerProgram } from '../../../src-shared/engine.ts';
import { Failure } from '../../../src-shared/failure.ts';
import type { ModelInfo } from '../../../src-shared/model.ts';
import type { Clock, Engine, Log } from '../../jobs/ports.ts';
import { isElsewhere } from '../elsewhere.ts';
import { defaultPatience, type Patience } from '../patience.ts';
import { serverAnswer } from '../server-answer.ts';
import { lookTimeoutMs, serverLooks } from '../server-looks.ts';
import { serverAddress } from './address.ts';
import { askedOpenai } from './answer.ts';
import { openaiFailure, wantsKey } from './failures.ts';
import { usualAddresses } from './find.ts';
import { lookAtServer, type SeenServer, type ServedModel } from './look.ts';
import { studioLoad, studioUnload } from './studio.ts';

export type OpenaiOptions = {
  /** --openai-url or the setting; undefined: LM Studio or llama-server where it listens on this machine by itself */
  url?: string | undefined;
  /** Sent as a bearer token, to `url` alone; asked for each time, since a person may set it while the server is looked for. */
  key?: () => string | undefined;
  clock: Clock;
  log: Log;
  patience?: Partial<Patience>;
  /** Whether that address is on another machine; default isElsewhere. */
  elsewhere?: (address: string) => Promise<boolean>;
  /** Where the programs listen by themselves. */
  usual?: Readonly<Record<ServerProgram, string>>;
};

type Seen = SeenServer & { address: string };

/** See OpenaiOptions. Nothing is asked until start() or models(); once started, a missing server is looked for every 3 s. */
export function openaiEngine(options: OpenaiOptions): Engine {
  const { clock, log, url } = options;
  // whoever listens where nobody set an address gets no key
  const key = (): string | undefined => (url === undefined ? undefined : options.key?.());
  const set = addressSet(url);
  const patience = { ...defaultPatience, ...options.patience };
  const usual = options.usual ?? usualAddresses;
  /** Of the last look, also at a server that is not started here. */
  let last: Seen | undefined;
  let remote = false;

  async function lookAt(address: string, signal: AbortSignal): Promise<Seen> {
    const program = last?.address === address ? last.program : undefined;
    const at = { server: program == null ? 'The server' : serverProgramNames[program], address };
    try {
      const timed = AbortSignal.any([signal, AbortSignal.timeout(lookTimeoutMs)]);
      // in doubt it is asked anew: another program may have taken the address
      const known = looks.failure() === undefined ? program : undefined;
      const seen = await lookAtServer({ address, key: key(), signal: timed, program: known });
      if (seen?.state === 'locked') throw wantsKey(at);
      if (seen !== null) return { ...seen, address };
    } catch (error) {
      throw openaiFailure(error, at, false);
    }
    const message = `What answers at ${address} has no OpenAI API.`;
    throw new Failure('engine-missing', message, { hint: 'Set the address of the server, without a path.' });
  }

  /** The one in use for as long as it answers; else LM Studio, then llama-server. */
  async function lookAround(signal: AbortSignal): Promise<Seen> {
    const own = last?.address;
    const addresses = [...(own === undefined ? [] : [own]), ...serverProgram.options.map((program) => usual[program])];
    for (const address of new Set(addresses)) {
      const seen = await lookAt(address, signal).catch(() => undefined);
      if (seen !== undefined && seen.program !== null && usual[seen.program] === address) return seen;
    }
    signal.throwIfAborted();
    const tried = serverProgram.options.map((program) => `${serverProgramNames[program]} (${usual[program]})`).join(' nor ');
    throw new Failure('engine-missing', `Neither ${tried} answers.`, { hint: 'Start one of them, or set the address of another server.' });
  }

  async function look(signal: AbortSignal): Promise<Seen> {
    const seen = url === undefined ? await lookAround(signal) : await lookAt(serverAddress(url), signal);
    remote = await (options.elsewhere ?? isElsewhere)(seen.address);
    last = seen;
    return seen;
  }

  const looks = serverLooks<Seen>({
    clock,
    look,
    isUp: ({ state }) => state === 'there',
    beside: () => String(remote),
    onChange: (seen, failure) =>
      log.info('openai', { address: seen?.address, program: seen?.program, models: seen?.models.length, failure: failure?.code }),
  });

  const nameOf = ({ program }: SeenServer): string => (program === null ? 'The server' : serverProgramNames[program]);
  const find = (name: string): { seen: Seen; model: ServedModel } => {
    const seen = looks.seen();
    if (seen === undefined) throw looks.failure() ?? new Failure('engine-missing', 'The server has not been asked yet.');
    if (seen.state === 'loading')
      throw new Failure('queue-full', `${nameOf(seen)} at ${seen.address} is loading its model.`, { retryAfterMs: 3000 });
    const model = seen.models.find((one) => one.name === name);
    if (model === undefined) throw new Failure('model-missing', `${nameOf(seen)} has no model ${name}.`);
    return { seen, model };
  };
  const current = (name: string): Promise<{ seen: Seen; model: ServedModel }> => looks.found(() => find(name));
  const isLoaded = (name: string): boolean => looks.seen()?.models.find((one) => one.name === name)?.loaded ?? false;

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk, void> {
    const askedAt = clock.now();
    signal.throwIfAborted();
    if (request.model === undefined) throw new Failure('bad-request', 'The engine needs to be told which model answers.');
    const { seen, model } = await current(request.model);
    const server = nameOf(seen);
    if (hasImages(request) && model.capabilities?.includes('vision') !== true)
      throw new Failure('no-vision', `${model.name} does not see pictures, as far as ${server} tells.`);
    // others answer anew, in words that may be the same or not: nobody could tell
    if (request.continued !== undefined && seen.program !== 'llama-server')
      throw new Failure('engine-failed', `${server} does not say that it can go on with an answer: only llama-server does.`);
    const asked = askedOpenai({
      server,
      address: seen.address,
      key: key(),
      program: seen.program,
      model,
      request,
      askedAt,
      isLoaded: () => isLoaded(model.name),
      setLoading: (loading) => looks.setLoading(loading ? model.name : undefined),
    });
    yield* looks.counted(() => serverAnswer(asked, { clock, patience }, signal), signal);
  }

  /** Only LM Studio puts models into memory and out of it when it is asked; of the others all are there. */
  async function keep(name: string, ask: typeof studioLoad | typeof studioUnload, signal: AbortSignal): Promise<void> {
    const { seen, model } = await current(name);
    if (seen.program !== 'lm-studio') return;
    looks.setLoading(model.name);
    try {
      await ask(model, { server: nameOf(seen), address: seen.address, key: key() }, signal);
    } finally {
      looks.setLoading(undefined);
      await looks.refresh();
    }
  }

  function facts(): EngineFacts {
    const seen = looks.seen() ?? last;
    const total = seen?.slots ?? 1;
    const contextLength = looks.seen()?.models.find(({ loaded }) => loaded)?.servedContext;
    const at = seen?.address ?? set;
    return {
      kind: 'openai',
      ...(seen?.program == null ? {} : { program: seen.program }),
      ...(seen?.version === undefined ? {} : { version: seen.version }),
      state: looks.state(),
      device: {
        kind: 'unknown',
        name: seen === undefined ? 'A server' : nameOf(seen),
        why: 'It does not say what it computes with.',
        ...(seen?.program == null ? { label: { code: 'server' } } : {}),
        cause: { code: 'server-silent' },
      },
      slots: { total, free: Math.max(0, total - looks.busy()) },
      ...(contextLength === undefined ? {} : { contextLength }),
      ...(at === undefined ? {} : { address: at }),
      ...(remote ? { remote } : {}),
      images: true,
    };
  }

  return {
    kind: 'openai',
    facts,
    watch: looks.watch,
    start: looks.start,
    stop: looks.stop,
    async models() {
      const now = await looks.latest();
      return (now?.models ?? []).map(toModelInfo);
    },
    load: (name, signal) => keep(name, studioLoad, signal),
    unload: (name) => keep(name, studioUnload, AbortSignal.timeout(30_000)),
    chat,
  };
}

function toModelInfo({ id: _id, loaded, ...model }: ServedModel): ModelInfo {
  const { name, sizeBytes, contextLength, servedContext, quantization, parameters, capabilities, efforts } = model;
  return {
    name,
    loaded,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(servedContext === undefined ? {} : { servedContext }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(efforts === undefined ? {} : { efforts }),
  };
}

/** undefined: none is set, or it is no address; looking there says so */
function addressSet(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  try {
    return serverAddress(url);
  } catch {
    return undefined;
  }
}
