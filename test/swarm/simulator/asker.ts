// A person who asks one question, and what is seen of its answer.
import type { ChatRequest } from '../../../src-shared/chat.ts';
import { toFailure, type FailureCode } from '../../../src-shared/failure.ts';
import type { PeerId } from '../../../src-shared/peer.ts';
import type { Invariants } from './invariants.ts';
import type { SimPeer } from './peer.ts';
import type { Random } from './random.ts';
import type { QuestionSpec } from './scenario.ts';
import { questionText, scriptFor } from './script.ts';

export type Answer = {
  question: QuestionSpec;
  /** crashed: the asker's own machine went down */
  end: 'open' | 'done' | 'failed' | 'stopped' | 'crashed';
  code: FailureCode | null;
  shown: string;
  /** Who was asked, in order. */
  leaders: PeerId[];
  /** Seams after text was shown: the answer moved. */
  moved: number;
  /** The link came back to the same answer. */
  resumed: number;
  waited: number;
  askedAt: number;
  firstTextAt: number | null;
  endedAt: number | null;
};

export type AskWorld = {
  now(): number;
  invariants: Invariants;
  random: Random;
  peerIds: readonly PeerId[];
  trace(who: string, what: string): void;
};

/** Asks now, and watches until the end. */
export function askQuestion(peer: SimPeer, question: QuestionSpec, world: AskWorld): Answer {
  const { life, name } = peer.machine;
  const answer: Answer = {
    ...{ question, end: 'open', code: null, shown: '', leaders: [], moved: 0, resumed: 0, waited: 0 },
    ...{ askedAt: world.now(), firstTextAt: null, endedAt: null },
  };
  const request = requestOf(question);
  const stop = new AbortController();
  if (question.stopMs !== undefined) life.clock.after(question.stopMs, () => stop.abort(new DOMException('Stop', 'AbortError')));
  const ended = (end: Answer['end'], code: FailureCode | null = null): void => {
    if (life.isOver) return;
    Object.assign(answer, { end, code, endedAt: world.now() });
    world.trace(name, `question ${question.number} ${end}${code === null ? '' : ` ${code}`} after ${answer.shown.length} characters`);
  };
  world.trace(name, `asks question ${question.number} (${question.tokens} tokens, ${question.model ?? 'any model'})`);
  world.invariants.placement(request, peer.candidates(), world.random);
  void read(peer, request, answer, stop.signal, world).then(
    () => ended('done'),
    (error: unknown) => {
      if (stop.signal.aborted) ended('stopped');
      else ended('failed', toFailure(error).code);
      if (toFailure(error).code === 'internal' && !stop.signal.aborted)
        world.invariants.fails('lost', `question ${question.number}: ${String(error)}`);
    },
  );
  return answer;
}

function requestOf({ number, tokens, filler, model }: QuestionSpec): ChatRequest {
  return {
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    messages: [{ role: 'user', content: questionText(number, tokens, filler) }],
    parameters: {},
    ...(model === undefined ? {} : { model }),
  };
}

async function read(peer: SimPeer, request: ChatRequest, answer: Answer, signal: AbortSignal, world: AskWorld): Promise<void> {
  const { question } = answer;
  const { invariants } = world;
  const { life, name } = peer.machine;
  const whole = scriptFor(request).join('');
  const pinned = question.pinned === undefined ? undefined : world.peerIds[question.pinned];
  let reconnecting = false;
  let ids = 0;
  const chat = peer.ask({ wait: question.wait, ...(pinned === undefined ? {} : { pinned }) });
  for await (const chunk of chat(request, signal)) {
    if (life.isOver) return;
    if (chunk.kind === 'text') {
      answer.firstTextAt ??= world.now();
      if (reconnecting) answer.resumed += 1;
      reconnecting = false;
      if (!whole.startsWith(chunk.text, answer.shown.length)) {
        const due = whole.slice(answer.shown.length, answer.shown.length + 20);
        invariants.fails('text', `question ${question.number}: shows “${chunk.text}” where “${due}” is due`);
      }
      answer.shown += chunk.text;
      ids += chunk.tokens?.length ?? 0;
    } else if (chunk.kind === 'placed') {
      answer.leaders.push(chunk.placement.leader.peerId);
      world.trace(name, `question ${question.number} goes to ${chunk.placement.leader.name} (${chunk.placement.reason})`);
    } else if (chunk.kind === 'seam') {
      reconnecting = false;
      if (chunk.at > 0) answer.moved += 1;
      if (chunk.at !== answer.shown.length)
        invariants.fails('text', `question ${question.number}: a seam at ${chunk.at} of ${answer.shown.length}`);
      world.trace(name, `question ${question.number} lost ${chunk.lost.name} at ${chunk.at} (${chunk.code})`);
    } else if (chunk.kind === 'reconnecting') {
      reconnecting = true;
      world.trace(name, `question ${question.number} waits for its link`);
    } else if (chunk.kind === 'waiting') {
      answer.waited += 1;
      world.trace(name, `question ${question.number} waits for a leader (${chunk.code})`);
    } else if (chunk.kind === 'queued') {
      world.trace(name, `question ${question.number} is ${chunk.position} in line`);
    } else if (chunk.kind === 'done') {
      if (answer.shown !== whole)
        invariants.fails('text', `question ${question.number} is done with ${answer.shown.length} of ${whole.length} characters`);
      if (chunk.figures.tokens > question.tokens || ids > question.tokens) {
        invariants.fails('text', `question ${question.number}: ${chunk.figures.tokens} tokens told, ${ids} ids, of ${question.tokens}`);
      }
    }
  }
}
