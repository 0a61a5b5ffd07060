// Questions of the owner: through the swarm, or to one machine; with or without a conversation that keeps them.
import {
  hasImages,
  isWritten,
  type AnswerWaits,
  type Chat,
  type ChatChunk,
  type ChatRequest,
  type PlacementSurvey,
} from '../../src-shared/chat.ts';
import { dropOldest } from '../../src-shared/drop-oldest.ts';
import { routeAfter, routeEnded } from '../../src-shared/route.ts';
import { noThinking, thinkingAfter, thoughtMsAt, thoughtTimeAfter, type ThoughtTime } from '../../src-shared/thinking.ts';
import { Failure, isCancel, toFailure, type FailureCode } from '../../src-shared/failure.ts';
import { peerId as peerIdSchema, type PeerId } from '../../src-shared/peer.ts';
import type { AnswerWriter } from '../store/conversations/writer.ts';
import { swarmChat } from '../swarm/ask.ts';
import type { Observed } from '../swarm/observed.ts';
import { suspects as newSuspects } from '../swarm/suspects.ts';
import { survey, unknownRow, type Candidate } from '../swarm/placement.ts';
import type { Network } from '../swarm/ports.ts';
import type { Clock, ServedChat } from '../jobs/ports.ts';

/** How long a peer that was just dialled may take to say what it offers, ms. */
const offerWaitMs = 3_000;

/** How long a link that broke mid-answer may take to turn out as a removal, ms: network/ allows 200 for saying so. */
const explainMs = 400;

/** Conversations whose last leader is remembered; the one that was quiet longest goes. */
const conversationsKept = 1000;

/** What befalls a device that was removed, whatever it asks. */
const removed: ReadonlySet<FailureCode> = new Set(['no-leader', 'leader-lost', 'not-let-in', 'disconnected', 'pending']);

export type AskingOptions = {
  clock: Clock;
  network: () => Network | null;
  candidates: () => Candidate[];
  self: () => PeerId | null;
  /** Answers on this machine. */
  serve: ServedChat;
  /** The machine that the owner likes best; null: none */
  preferred: () => PeerId | null;
  /** What this node saw of leaders. */
  observed: Observed;
  /** Why nobody answers this device, when that is the reason. met: it is connected to the one that it asks. */
  shutOut: (met: boolean) => Failure | null;
  /** Resolves at the next change of what is known. */
  change: (signal: AbortSignal) => Promise<void>;
};

export type Asking = {
  /** As the contract's `ask`. wait: while nobody can answer or go on, wait for somebody who can. */
  ask(request: ChatRequest, peer: string | undefined, signal: AbortSignal, wait?: boolean): AsyncIterable<ChatChunk>;
  /** As the contract's `place`. */
  survey(request: ChatRequest, peer: string | undefined): PlacementSurvey;
};

export function asking(options: AskingOptions): Asking {
  const { clock } = options;
  const suspects = newSuspects(clock);
  const lastLeaders = lastLeaderOf();
  const online = (): Network => {
    const network = options.network();
    if (network === null) throw new Failure('no-key', 'This machine is in no swarm yet.', { hint: 'Create a swarm.key, or import one.' });
    return network;
  };
  const chatFor = (pinned: PeerId | undefined, wait: boolean, request: ChatRequest): Chat => {
    const last = lastLeaders.get(request.conversation);
    const preferred = options.preferred();
    return swarmChat({
      wait,
      candidates: options.candidates,
      local: (request, signal) => options.serve(request, signal, options.self() ?? ''),
      remote: (peerId, request, signal) => online().ask(peerId, request, signal),
      clock,
      suspects,
      observed: options.observed,
      change: options.change,
      gone: () => {
        const why = options.shutOut(false);
        return why?.code === 'revoked' ? why : null;
      },
      ...(pinned === undefined ? {} : { pinned }),
      ...(last === undefined ? {} : { last }),
      ...(preferred === null ? {} : { preferred }),
    });
  };

  /** The peer id behind what the person named, connected. */
  const reach = async (peer: string, signal: AbortSignal): Promise<PeerId> => {
    if (peer === options.self()) return peer;
    if (!peerIdSchema.safeParse(peer).success) return online().dial(peer, signal);
    return peer;
  };
  /** True when the peer says that it leads; false when it has nothing to say in time. */
  const offers = async (peerId: PeerId, signal: AbortSignal): Promise<boolean> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(offerWaitMs)]);
    for (;;) {
      const candidate = options.candidates().find((one) => one.peerId === peerId);
      if (candidate?.offer != null) return true;
      try {
        await options.change(limit);
      } catch {
        signal.throwIfAborted();
        return false;
      }
    }
  };

  /** A device that was removed is cut off first, and told why right after. */
  const explained = async (signal: AbortSignal): Promise<void> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(explainMs)]);
    try {
      while (options.shutOut(false)?.code !== 'revoked') await options.change(limit);
    } catch {
      // it was told in time or not, or this node stops
      signal.throwIfAborted();
    }
  };
  async function* asked(request: ChatRequest, peer: string | undefined, signal: AbortSignal, wait: boolean): AsyncGenerator<ChatChunk> {
    const network = online();
    if (peer === undefined) {
      yield* lastLeaders.noted(request, chatFor(undefined, wait, request)(request, signal));
      return;
    }
    const pinned = await reach(peer, signal);
    // while it is away nobody can tell whether it is one that announces nothing; who waits, waits for it
    const away = wait && !options.candidates().some(({ peerId, connected }) => peerId === pinned && connected);
    if (away || (await offers(pinned, signal))) yield* lastLeaders.noted(request, chatFor(pinned, wait, request)(request, signal));
    else {
      const why = options.shutOut(true);
      if (why !== null) throw why;
      yield* askSeed(network, pinned, request, signal, clock);
    }
  }

  const pinnedTo = (peer: string): PeerId => {
    const wanted = peer.slice(peer.lastIndexOf('/') + 1);
    const found = options.candidates().find(({ peerId, name }) => peerId === wanted || name === peer);
    if (found === undefined) throw new Failure('not-found', 'No machine of this swarm has that id, address or name.');
    return found.peerId;
  };

  return {
    survey(request, peer) {
      online();
      const last = lastLeaders.get(request.conversation);
      const preferred = options.preferred();
      return survey(request, options.candidates(), {
        suspect: suspects.now(),
        spent: suspects.spent(),
        observed: options.observed,
        ...(peer === undefined ? {} : { pinned: pinnedTo(peer) }),
        ...(last === undefined ? {} : { last }),
        ...(preferred === null ? {} : { preferred }),
      });
    },
    async *ask(request, peer, signal, wait = false) {
      try {
        yield* asked(request, peer, signal, wait);
      } catch (error) {
        signal.throwIfAborted();
        const { code } = toFailure(error);
        if (code === 'leader-lost') await explained(signal);
        const why = options.shutOut(false);
        const fits = why?.code === 'revoked' ? removed.has(code) : code === 'no-leader';
        throw why !== null && fits ? why : error;
      }
    },
  };
}

/** Who wrote last in each conversation: its engine may have the conversation in its cache. */
function lastLeaderOf() {
  const known = new Map<string, PeerId>();
  return {
    get: (conversation: string | undefined): PeerId | undefined => (conversation === undefined ? undefined : known.get(conversation)),
    async *noted({ conversation }: ChatRequest, chunks: AsyncIterable<ChatChunk>): AsyncGenerator<ChatChunk> {
      let leader: PeerId | undefined;
      for await (const chunk of chunks) {
        if (chunk.kind === 'placed') leader = chunk.placement.leader.peerId;
        if (chunk.kind === 'text' && leader !== undefined && conversation !== undefined && known.get(conversation) !== leader) {
          known.delete(conversation);
          known.set(conversation, leader);
          dropOldest(known, conversationsKept);
        }
        yield chunk;
      }
    },
  };
}

/** A peer that announces nothing may be a node of Axon-Cluster: one prompt, one whole answer. */
async function* askSeed(
  network: Network,
  peerId: PeerId,
  request: ChatRequest,
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<ChatChunk> {
  if (hasImages(request)) throw new Failure('no-vision', 'A node of Axon-Cluster takes text only.');
  const started = clock.now();
  const leader = { peerId, name: `…${peerId.slice(-6)}` };
  const model = request.model ?? 'unknown';
  yield { kind: 'placed', placement: { leader, model, local: false, reason: 'pinned', candidates: [unknownRow(leader)] } };
  const prompt =
    request.messages.length === 1
      ? (request.messages[0]?.content ?? '')
      : request.messages.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
  const text = await network.askSeed(peerId, prompt, request.model, signal);
  for (let at = 0; at < text.length; at += 32_768) yield { kind: 'text', text: text.slice(at, at + 32_768) };
  yield { kind: 'done', reason: 'stop', model, figures: { tokens: 0, tokensPerSecond: 0, timeToFirstTokenMs: clock.now() - started } };
}

/** So much of an answer's beginning is looked at for thinking that an engine left in its text, UTF-16 units. */
const openingLooked = 64;

/** How long an answer was thought for. @param begun there is a word of it: whatever it was thought for is over */
function thoughtTimer(begun: boolean, now: () => number) {
  let time: ThoughtTime | null = null;
  let text = '';
  return {
    /** What the writer has to note, once it is known. */
    see(chunk: ChatChunk, thinking: string): number | undefined {
      if (begun || (time !== null && time.ms !== null) || !isWritten(chunk)) return undefined;
      // after a beginning without a thought it is not looked at again: answers are long, and chunks many
      if (time === null && text.length >= openingLooked) return undefined;
      if (chunk.kind === 'text') text += chunk.text;
      time = thoughtTimeAfter(time, text, thinking, now());
      return time?.ms ?? undefined;
    },
    /** For an answer that ends now. */
    end: () => {
      const thoughtMs = thoughtMsAt(time, now());
      return thoughtMs === undefined ? {} : { thoughtMs };
    },
  };
}

/** How long an answer stood in lines and waited for loads: each from the first word of it to whatever else comes. */
function waitTimer(now: () => number) {
  const spent = { queued: 0, loading: 0 };
  let on: { what: keyof typeof spent; since: number } | null = null;
  const turn = (what: keyof typeof spent | null): void => {
    if (on !== null) spent[on.what] += Math.max(0, now() - on.since);
    on = what === null ? null : { what, since: now() };
  };
  return {
    see: ({ kind }: ChatChunk): void => turn(kind === 'queued' || kind === 'loading' ? kind : null),
    /** For an answer that ends now. */
    end(): AnswerWaits {
      turn(null);
      return { ...(spent.queued > 0 ? { queuedMs: spent.queued } : {}), ...(spent.loading > 0 ? { loadedMs: spent.loading } : {}) };
    },
  };
}

/**
 * Relays an answer and stores it as it grows, however it ends.
 * @param now ms, of any clock that goes evenly
 * @param left how it stands when nobody hears it any more: `interrupted` where that was not the person's doing, such as a window that went away
 */
export async function* recorded(
  chunks: AsyncIterable<ChatChunk>,
  writer: AnswerWriter,
  signal: AbortSignal,
  now: () => number,
  left: () => 'stopped' | 'interrupted' = () => 'stopped',
): AsyncGenerator<ChatChunk> {
  let ended = false;
  let { length, route } = writer.before;
  // of an answer without a word everything is thought again
  let thinking = length === 0 ? noThinking : { text: writer.before.thinking, settled: writer.before.thinking.length };
  if (writer.before.thinking !== thinking.text) writer.note({ thinking: '' });
  const timer = thoughtTimer(length > 0, now);
  const waits = waitTimer(now);
  const clocked = () => ({ ...timer.end(), ...waits.end() });
  try {
    for await (const chunk of chunks) {
      route = routeAfter(route, chunk, length);
      waits.see(chunk);
      const thought = thinkingAfter(thinking, chunk);
      if (thought.text.length > thinking.text.length) writer.thinking(thought.text.slice(thinking.text.length));
      if (thought.text.length < thinking.text.length) writer.note({ thinking: thought.text });
      thinking = thought;
      const thoughtMs = timer.see(chunk, thinking.text);
      if (thoughtMs !== undefined) writer.note({ thoughtMs });
      if (chunk.kind === 'seam') writer.note({ route: [...route] });
      if (chunk.kind === 'placed') writer.note({ placement: chunk.placement, model: chunk.placement.model, route: [...route] });
      if (chunk.kind === 'text') {
        length += chunk.text.length;
        writer.text(chunk.text);
      }
      if (chunk.kind === 'done') {
        ended = true;
        writer.end('done', { ...clocked(), figures: chunk.figures, model: chunk.model });
        // whatever a leader says of them
        const { queuedMs: _, loadedMs: _loaded, ...said } = chunk;
        yield { ...said, ...waits.end() };
        return;
      }
      yield chunk;
    }
  } catch (error) {
    ended = true;
    // a node that stops loses its network first, which is no failure of the answer
    if (signal.aborted || isCancel(error) || left() === 'interrupted') writer.end(left(), clocked());
    else {
      const failure = toFailure(error).toShape();
      writer.end('failed', { ...clocked(), failure, route: [...routeEnded(route, failure.code, length)] });
    }
    throw error;
  } finally {
    // the reader went away: the window was closed, or Stop came between two chunks
    if (!ended) writer.end(left(), clocked());
  }
}
