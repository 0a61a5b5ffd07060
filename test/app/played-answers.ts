// Answers of the played node: scripts of chunks, pauses and failures, stored as they grow, as a node does.
import { ORPCError } from '@orpc/server';
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { Conversation, Message } from '../../src-shared/conversation.ts';
import type { FailureCode, FailureShape } from '../../src-shared/failure.ts';
import { routeAfter, routeEnded } from '../../src-shared/route.ts';

/** What an answer does, step by step. wait: ms. until: the test lets it go on. hold: until Stop, or a minute. */
export type ScriptStep =
  | ChatChunk
  | { wait: number }
  | { until: Promise<unknown> }
  | { hold: true }
  | { fail: FailureCode; retryAfterMs?: number };
/** continued: the text so far of an answer that goes on, and whether the person waits for a machine. */
export type AnswerScript = (question: string, continued?: { text: string; wait: boolean }) => ScriptStep[];

type Player = { script: AnswerScript; onAbort: () => void };

/** Streams the script's answer to the last question, and stores it as it grows. */
export async function* played(
  player: Player,
  found: Conversation,
  answer: Message,
  how: { signal: AbortSignal | undefined; continued?: { text: string; wait: boolean } },
): AsyncGenerator<ChatChunk> {
  const facts = answer.answer;
  if (facts === undefined) return;
  const { signal } = how;
  let thinksSince: number | undefined;
  const question = found.messages.findLast((message) => message.role === 'user')?.content ?? '';
  try {
    for await (const chunk of play(player, player.script(question, how.continued), signal)) {
      facts.route = [...routeAfter(facts.route ?? [], chunk, answer.content.length)];
      if (chunk.kind === 'thinking') {
        thinksSince ??= Date.now();
        facts.thinking = (facts.thinking ?? '') + chunk.text;
      }
      if (chunk.kind === 'text') {
        answer.content += chunk.text;
        if (thinksSince !== undefined) facts.thoughtMs ??= Date.now() - thinksSince;
      }
      if (chunk.kind === 'placed') Object.assign(facts, { placement: chunk.placement, model: chunk.placement.model });
      if (chunk.kind === 'done') Object.assign(facts, { state: 'done', model: chunk.model, figures: chunk.figures });
      yield chunk;
    }
    if (signal?.aborted === true) facts.state = 'stopped';
  } catch (error) {
    facts.state = signal?.aborted === true ? 'stopped' : 'failed';
    if (facts.state === 'failed' && error instanceof ORPCError) {
      facts.failure = error.data as FailureShape;
      facts.route = [...routeEnded(facts.route ?? [], facts.failure.code, answer.content.length)];
    }
    throw error;
  }
}

/** The chunks of a script, in time. */
export async function* play(player: Player, script: ScriptStep[], signal: AbortSignal | undefined): AsyncGenerator<ChatChunk> {
  // waits add up to what they say: a timer fires late, a thousand in a row by seconds. Of what was missed one tenth of a second is made good.
  let due = performance.now();
  for (const step of script) {
    if (signal?.aborted === true) break;
    if ('wait' in step) {
      due = Math.max(due, performance.now() - 100) + step.wait;
      await pause(Math.max(0, due - performance.now()), signal);
    } else if ('until' in step) await Promise.race([step.until, pause(60_000, signal)]);
    else if ('hold' in step) await pause(60_000, signal);
    else if ('fail' in step) throw failure(step.fail, step.retryAfterMs);
    else yield step;
  }
  if (signal?.aborted === true) player.onAbort();
}

/** Resolves after that time, and at once when it is stopped. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** What a call of the played node rejects with. */
export function failure(code: FailureCode, retryAfterMs?: number): ORPCError<'FAILURE', FailureShape> {
  const data: FailureShape = { code, message: `played: ${code}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return new ORPCError('FAILURE', { defined: true, data });
}
