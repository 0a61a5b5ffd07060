// `axon serve` and `axon start`: a node in this terminal until somebody stops it.
import { isWithheld } from '../../src-shared/engine.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { swarmMark } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { controlFailure } from '../api/control-client.ts';
import type { Home } from '../store/home.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { ownFingerprint } from './key.ts';
import type { OwnNode } from './own-node.ts';
import { places } from './places.ts';
import { waitForView } from './reach.ts';
import { viewEvents } from './view-events.ts';
import { failureWords, say } from './words.ts';

export type ServeOptions = {
  /** serve: a leader, with a key, or not at all. start: whatever the settings say. */
  lead: boolean;
  engine?: Settings['engine'];
  model?: string;
  ollamaUrl?: string;
  openaiUrl?: string;
  listen: readonly string[];
  port?: number;
  /** Lends an engine with a known hole. */
  allowVulnerableEngine: boolean;
  mdns: boolean;
  json: boolean;
  /** For this run only: anyone with the key is a member. */
  open: boolean;
  /** As --home was given, for the lines that people copy. */
  homeWords: string;
};

/** The longest that running answers may hold up the end, ms. */
const drainMs = 4_000;
/** How long a trouble at the start may be a passing one, ms. */
const troubleMs = 5_000;
/** A model that takes longer to load than this is loaded when it is asked for, ms. */
const warmMs = 120_000;

/**
 * Runs until `io.stop`.
 * @throws Failure no-key, model-missing, engine-* when it cannot begin; home-in-use, port-in-use
 */
export async function serve(home: Home, options: ServeOptions, io: Io): Promise<void> {
  if (options.lead) ownFingerprint(home);
  const warn = options.json ? undefined : (line: string): void => io.err(`${line}\n`);
  // Loaded late: every other command would wait for the network's libraries too.
  const { startOwnNode } = await import('./own-node.ts');
  const node = await startOwnNode(home, {
    settings: settingsOf(options),
    flags: flagsOf(options),
    mdns: options.mdns,
    door: true,
    ...(options.listen.length === 0 ? {} : { listen: options.listen }),
    ...(warn === undefined ? {} : { warn }),
  });
  if (options.open) io.err(`${say('serve.open')}\n`);
  try {
    const ready = await started(node, options, io.stop);
    await announce(node, ready, options, io);
    await follow(node, ready, options, io);
  } finally {
    if (io.stop.aborted && !options.json) io.err(`${say('serve.stopping')}\n`);
    await withTimeLimit(node.stop(), drainMs);
  }
}

/** The address of an engine chooses it too. */
function engineOf({ engine, ollamaUrl, openaiUrl }: ServeOptions): { engine: Settings['engine']; by: string } | undefined {
  if (engine !== undefined) return { engine, by: '--engine' };
  if (openaiUrl !== undefined) return { engine: 'openai', by: '--openai-url' };
  return ollamaUrl === undefined ? undefined : { engine: 'ollama', by: '--ollama-url' };
}

function settingsOf(options: ServeOptions): Partial<Settings> {
  const { open, lead, model, ollamaUrl, openaiUrl, port, allowVulnerableEngine } = options;
  const chosen = engineOf(options);
  return {
    ...(open ? { open } : {}),
    ...(lead ? { role: 'leader' as const } : {}),
    ...(allowVulnerableEngine ? { allowVulnerableEngine } : {}),
    ...(chosen === undefined ? {} : { engine: chosen.engine }),
    ...(model === undefined ? {} : { model }),
    ...(ollamaUrl === undefined ? {} : { ollamaUrl }),
    ...(openaiUrl === undefined ? {} : { openaiUrl }),
    ...(port === undefined ? {} : { webPort: port }),
  };
}

/** The role is not among them: the switch in the window decides it at any time. */
function flagsOf(options: ServeOptions): Partial<Record<keyof Settings, string>> {
  const { open, model, ollamaUrl, openaiUrl, port, listen, allowVulnerableEngine } = options;
  const chosen = engineOf(options);
  return {
    ...(open ? { open: '--open' } : {}),
    ...(allowVulnerableEngine ? { allowVulnerableEngine: '--allow-vulnerable-engine' } : {}),
    ...(chosen === undefined ? {} : { engine: chosen.by }),
    ...(model === undefined ? {} : { model: '--model' }),
    ...(ollamaUrl === undefined ? {} : { ollamaUrl: '--ollama-url' }),
    ...(openaiUrl === undefined ? {} : { openaiUrl: '--openai-url' }),
    ...(port === undefined ? {} : { webPort: '--port' }),
    ...(listen.length === 0 ? {} : { swarmPort: '--listen' }),
  };
}

/**
 * The first view that is worth telling: the network listens and a leader can answer.
 * @throws Failure of what stands in the way; only at the start: later the node tries again for ever
 */
async function started(node: OwnNode, options: ServeOptions, stop: AbortSignal): Promise<SwarmView> {
  const { client, secret } = node;
  const reached = { client, secret, failure: (error: unknown) => controlFailure(error, false), own: true, close: node.stop };
  const begun = performance.now();
  for (;;) {
    let latest: SwarmView | null = null;
    const look = (view: SwarmView): boolean => {
      latest = view;
      return isStarted(view, options, performance.now() - begun);
    };
    // Looked at again each second, since some of it is decided by time alone.
    const found = await waitForView(reached, look, { waitMs: 1000, stop });
    if (found !== null) return found;
    stop.throwIfAborted();
    if (latest !== null && isStarted(latest, options, performance.now() - begun)) return latest;
  }
}

/** @throws Failure when it never will, as far as one can tell after `sinceMs` */
function isStarted({ self, settings }: SwarmView, { lead, model }: ServeOptions, sinceMs: number): boolean {
  const { actual } = self.role;
  if (!lead) return actual.kind !== 'starting' || actual.step !== 'network';
  if (actual.kind === 'troubled') {
    const givenUp = self.addresses.length === 0 || (self.engine?.state.kind === 'failed' && self.engine.state.retryAt === undefined);
    if (givenUp || sinceMs >= troubleMs) throw toFailure(actual.failure);
    return false;
  }
  if (actual.kind !== 'leader') return false;
  if (isWithheld(self.engine, settings)) {
    const { component = '', version = '', minimum = '', cves = [] } = self.engine?.vulnerable ?? {};
    throw new Failure(
      'engine-vulnerable',
      `${component} ${version} is older than ${minimum}: ${cves.join(', ') || 'its version cannot be told'}.`,
    );
  }
  if (model !== undefined && !self.models.some(({ name }) => name === model)) {
    throw new Failure('model-missing', `The engine has no model "${model}".`);
  }
  return isWarm(self) || sinceMs >= warmMs;
}

/** An engine of our own loads its model at the start; who asks on "ready" should not run into that. */
function isWarm({ engine, models }: SwarmView['self']): boolean {
  return engine?.kind !== 'embedded' || models.some(({ loaded }) => loaded);
}

async function announce(node: OwnNode, view: SwarmView, options: ServeOptions, io: Io): Promise<void> {
  const { self } = view;
  const { standing } = view.membership;
  if (!options.json && (standing === 'pending' || standing === 'revoked')) io.err(`${say(`serve.${standing}`)}\n`);
  if (options.json) {
    return await io.out(
      jsonLine({
        event: 'ready',
        peerId: self.peerId,
        addresses: self.addresses,
        role: self.role.wanted,
        models: self.models.map(({ name }) => name),
      }),
    );
  }
  const { command } = places();
  const axon = (words: string): string => `${command} ${words}${options.homeWords}`;
  const lines: string[] = [];
  if (view.key === null) lines.push(say('serve.noKey', { name: self.name, command: axon('key new') }));
  else
    lines.push(
      say(self.role.wanted === 'leader' ? 'serve.answering' : 'serve.running', { name: self.name, fingerprint: view.key.fingerprint }),
    );
  if (self.role.wanted === 'leader') {
    for (const { name } of self.models) lines.push(say('serve.model', { model: name }));
    if (self.models.length === 0) lines.push(say('serve.noModel'));
    if (self.engine !== null) lines.push(say('serve.engine', { device: self.engine.device.name, why: self.engine.device.why }));
  }
  for (const address of self.addresses) lines.push(say('serve.address', { address }));
  const url = node.windowUrl();
  if (url !== null) lines.push(say('serve.window', { url }));
  lines.push(say('serve.try', { command: axon(`ask "Why is the sky blue?"`) }), say('serve.stop'));
  await io.out(`${lines.join('\n')}\n`);
}

/** Tells what changes, until the end. */
async function follow(node: OwnNode, first: SwarmView, { json }: ServeOptions, io: Io): Promise<void> {
  let before = first;
  const news = async (view: SwarmView): Promise<void> => {
    for (const event of viewEvents(before, view)) {
      if (json) await io.out(jsonLine(event));
      else if (event.event === 'peer' && event.state !== 'found')
        io.err(`${say(event.state === 'connected' ? 'serve.here' : 'serve.gone', { name: event.name })}\n`);
      else if (event.event === 'other-swarm' && event.count > 0) io.err(`${say('serve.otherSwarm')}\n`);
      else if (event.event === 'applicant') io.err(`${say('serve.applicant', { name: event.name, words: event.words })}\n`);
      else if (event.event === 'words')
        io.err(`${say('serve.words', { name: event.name, words: event.words, mark: swarmMark(event.swarm) })}\n`);
      else if (event.event === 'let-in')
        io.err(
          `${say(event.words === '' ? 'serve.letInByInvite' : 'serve.letIn', { name: event.name, words: event.words, mark: swarmMark(event.swarm) })}\n`,
        );
      else if (event.event === 'standing' && (event.standing === 'pending' || event.standing === 'revoked'))
        io.err(`${say(`serve.${event.standing}`)}\n`);
      else if (event.event === 'trouble') io.err(`${say('serve.trouble', failureWords(event.code))}\n`);
    }
    before = view;
  };
  try {
    for await (const view of await node.client.view(undefined, { signal: io.stop })) await news(view);
  } catch (error) {
    if (!io.stop.aborted) throw error;
  }
}

async function withTimeLimit(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
}
