// `axon ask`: one question, its answer as it comes.
import { randomUUID } from 'node:crypto';
import { isWritten, type AnswerFigures, type ChatChunk, type ChatParameters, type Placement } from '../../src-shared/chat.ts';
import type { RouteStep } from '../../src-shared/conversation.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import { swarmMark, twoSwarms } from '../../src-shared/member.ts';
import { leadsNow } from '../../src-shared/peer.ts';
import { routeAfter } from '../../src-shared/route.ts';
import { noThinking, thinkingAfter } from '../../src-shared/thinking.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { Home } from '../store/home.ts';
import { hasSwarmKey } from './key.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { reachOrStart, waitForView } from './reach.ts';
import type { Reached } from './reach.ts';
import { harmless, say, whySentence } from './words.ts';

export type AskOptions = {
  prompt: string;
  model?: string;
  peer?: string;
  temperature?: number;
  seed?: number;
  json: boolean;
  mdns: boolean;
  /** How long a leader is looked for, seconds. */
  wait: number;
};

/** Once somebody answers, how long one with the wished model may still turn up, ms. */
const modelGraceMs = 2_000;
/** How long this machine's own engine may take to start when it is a leader itself, ms. */
const ownEngineMs = 60_000;

/** @throws Failure with the code of whatever went wrong; the reason of `io.stop` */
export async function ask(home: Home, options: AskOptions, io: Io): Promise<void> {
  if (options.prompt.trim() === '') throw new Failure('bad-request', say('usage.emptyPrompt'));
  const waitMs = options.wait * 1000;
  if (!hasSwarmKey(home)) throw new Failure('no-key', 'There is no swarm.key in this home.');
  // Pinned to another machine, the own engine is not needed; the port of a serving node is left to it.
  const settings = { swarmPort: 0, ...(options.peer === undefined ? {} : { role: 'subordinate' as const }) };
  const reached = await reachOrStart(home, { settings, mdns: options.mdns, door: false }, { waitMs, stop: io.stop });
  try {
    if (options.peer === undefined) await waitForLeader(reached, options, io);
    await answer(reached, options, io);
  } finally {
    await reached.close();
  }
}

/** Returns when it makes sense to ask: somebody answers, with the model if possible; or the time is over, and asking says what is wrong. */
async function waitForLeader(reached: Reached, { wait, model }: AskOptions, io: Io): Promise<void> {
  const waitMs = wait * 1000;
  let told = false;
  let toldOther = false;
  let toldTwo = false;
  const toldWords = new Set<string>();
  const lookAt = (view: SwarmView): void => {
    if (view.otherSwarms > 0 && !toldOther) io.err(`${say('ask.otherSwarm')}\n`);
    toldOther ||= view.otherSwarms > 0;
    const { standing, asked, invited } = view.membership;
    if (!told && io.watched) {
      if (invited === null) io.err(`${say(standing === 'pending' ? 'ask.pending' : 'ask.alone', { seconds: wait })}\n`);
      else io.err(`${say('ask.invited', { name: invited.name, seconds: wait })}\n`);
    }
    told = true;
    if (twoSwarms(view.membership) && !toldTwo) io.err(`${say('ask.twoSwarms')}\n`);
    toldTwo ||= twoSwarms(view.membership);
    // an invite lets in without a click
    for (const { name, words, swarm } of invited === null ? asked : []) {
      if (words !== '' && !toldWords.has(words)) io.err(`${say('ask.words', { name, words, mark: swarmMark(swarm) })}\n`);
      toldWords.add(words);
    }
  };
  const someone = await waitForView(
    reached,
    (view) => {
      const { letIn } = view.membership;
      if (letIn !== null && toldWords.delete(letIn.words)) io.err(`${say('ask.letIn', { ...letIn, mark: swarmMark(letIn.swarm) })}\n`);
      const found = offeredModels(view) !== null || ownEngineStarts(view) || view.key === null || view.membership.standing === 'revoked';
      if (!found) lookAt(view);
      return found;
    },
    { waitMs, stop: io.stop },
  );
  if (someone === null || someone.key === null) return;
  if (offeredModels(someone) === null)
    await waitForView(reached, (view) => offeredModels(view) !== null || !ownEngineStarts(view), { waitMs: ownEngineMs, stop: io.stop });
  if (model === undefined) return;
  await waitForView(reached, (view) => offeredModels(view)?.has(model) === true, { waitMs: Math.min(waitMs, modelGraceMs), stop: io.stop });
}

/** Models of all that answer now; null: nobody does. */
function offeredModels(view: SwarmView): ReadonlySet<string> | null {
  const leaders = view.peers.filter(({ state, offer }) => state === 'connected' && leadsNow(offer));
  const own = view.self.role.actual.kind === 'leader';
  if (leaders.length === 0 && !own) return null;
  return new Set([...leaders.flatMap(({ offer }) => offer?.leads?.models ?? []), ...(own ? view.self.models : [])].map(({ name }) => name));
}

function ownEngineStarts({ self }: SwarmView): boolean {
  return self.role.wanted === 'leader' && self.role.actual.kind === 'starting';
}

async function answer({ client, failure }: Reached, options: AskOptions, io: Io): Promise<void> {
  const parameters: ChatParameters = {};
  if (options.temperature !== undefined) parameters.temperature = options.temperature;
  if (options.seed !== undefined) parameters.seed = options.seed;
  const request = {
    id: randomUUID(),
    messages: [{ role: 'user' as const, content: options.prompt }],
    parameters,
    ...(options.model === undefined ? {} : { model: options.model }),
  };
  const started = performance.now();
  let firstTextMs: number | null = null;
  let text = '';
  let placement: Placement | null = null;
  let done: { model: string; figures: AnswerFigures } | null = null;
  let route: readonly RouteStep[] = [];
  let thinking = noThinking;
  const others: ChatChunk[] = [];
  const tell = answerTeller(io);
  try {
    const stream = await client.ask({ request, ...(options.peer === undefined ? {} : { peer: options.peer }) }, { signal: io.stop });
    for await (const chunk of stream) {
      route = routeAfter(route, chunk, text.length);
      thinking = thinkingAfter(thinking, chunk);
      if (options.json && !isWritten(chunk)) others.push(chunk);
      tell(chunk);
      if (chunk.kind === 'placed') placement = chunk.placement;
      else if (chunk.kind === 'done') done = chunk;
      else if (chunk.kind === 'text') {
        firstTextMs ??= performance.now() - started;
        text += chunk.text;
        if (!options.json) await io.out(io.onTerminal ? harmless(chunk.text) : chunk.text);
      }
    }
  } catch (error) {
    if (!options.json && text !== '') await io.out('\n');
    io.stop.throwIfAborted();
    throw midAnswer(failure(error), text !== '' || placement !== null);
  }
  io.stop.throwIfAborted();
  if (done === null || placement === null) throw new Failure('leader-lost', 'The answer ended without its last chunk.');
  if (!options.json) return await io.out('\n');
  await io.out(
    jsonLine({
      text,
      ...(thinking.text === '' ? {} : { thinking: thinking.text }),
      leader: placement.leader,
      model: done.model,
      tokens: done.figures.tokens,
      tokensPerSecond: done.figures.tokensPerSecond,
      timeToFirstTokenMs: Math.round((firstTextMs ?? done.figures.timeToFirstTokenMs) * 10) / 10,
      why: whySentence(placement),
      route,
      chunks: others,
    }),
  );
}

/** Says on standard error what an answer waits for, when a person watches, and always when another machine goes on with it. */
export function answerTeller(io: Pick<Io, 'err' | 'onTerminal' | 'watched'>): (chunk: ChatChunk) => void {
  let lost: string | null = null;
  let thinks = false;
  return (chunk) => {
    if (chunk.kind === 'seam') lost = chunk.at > 0 ? chunk.lost.name : null;
    if (chunk.kind === 'placed' && lost !== null) {
      // on a line of its own between the words
      const { name } = chunk.placement.leader;
      io.err(`${io.onTerminal ? '\n' : ''}${lost === name ? say('ask.again', { name }) : say('ask.moved', { lost, name })}\n`);
      lost = null;
    }
    if (!io.watched) return;
    if (chunk.kind === 'queued') io.err(`${say('ask.queued', { position: chunk.position })}\n`);
    if (chunk.kind === 'thinking' && !thinks) io.err(`${say('ask.thinking')}\n`);
    thinks = chunk.kind === 'thinking' || (thinks && chunk.kind !== 'placed');
    if (chunk.kind === 'loading' && chunk.progress === undefined) io.err(`${say('ask.loading', { model: chunk.model })}\n`);
  };
}

/** When the node that was asked through dies mid-answer, its answer is lost as a leader's would be. */
function midAnswer(failure: Failure, begun: boolean): Failure {
  if (failure.code !== 'disconnected' || !begun) return toFailure(failure);
  return new Failure('leader-lost', 'The node of this machine went away mid-answer.', { cause: failure });
}
