import type { AnswerFigures, AnswerWaits, ChatChunk, Placement } from '../../../src-shared/chat.ts';
import type { Message, RouteStep } from '../../../src-shared/conversation.ts';
import type { FailureCode, FailureShape } from '../../../src-shared/failure.ts';
import { routeAfter, routeEnded } from '../../../src-shared/route.ts';
import { noThinking, thinkingAfter, thoughtMsAt, thoughtTimeAfter } from '../../../src-shared/thinking.ts';
import type { Thinking, ThoughtTime } from '../../../src-shared/thinking.ts';

/** What a running answer waits for. Its text stays where it is meanwhile. */
export type Phase =
  | { kind: 'sending' }
  | { kind: 'placed' }
  | { kind: 'queued'; position: number; etaMs?: number | undefined }
  | { kind: 'loading'; model: string; progress?: number | undefined }
  | { kind: 'reading'; progress?: number | undefined }
  /** A reasoning model thinks before it answers, or between two texts. */
  | { kind: 'thinking' }
  | { kind: 'writing' }
  | { kind: 'reconnecting'; name: string }
  /** That machine is out of this answer; whoever goes on is not known yet. */
  | { kind: 'moving'; lost: Lost }
  | { kind: 'waiting' };

/** A machine that is out of an answer, and why. */
export type Lost = { name: string; code: FailureCode };

/** An answer on its way. Its text lives here, not in the conversation, until it ends. */
export type Run = {
  answerId: string;
  createdAt: number;
  phase: Phase;
  text: string;
  /** What the model thought for it. */
  thinking: Thinking;
  /** null: no thought yet */
  thought: ThoughtTime | null;
  placement: Placement | null;
  model: string | null;
  route: readonly RouteStep[];
  /** Its beginning is the person's, so many characters; null: none of it */
  edited: number | null;
  /** The machine that went away last, when the one of `placement` goes on with its text; null: none did, or there was no text yet */
  lost: Lost | null;
};

export type RunEnd =
  | ({ kind: 'done'; model: string; figures: AnswerFigures } & AnswerWaits)
  | { kind: 'stopped' }
  | { kind: 'failed'; failure: FailureShape };

export function startRun(answerId: string, createdAt: number): Run {
  return {
    answerId,
    createdAt,
    phase: { kind: 'sending' },
    text: '',
    thinking: noThinking,
    thought: null,
    placement: null,
    model: null,
    route: [],
    edited: null,
    lost: null,
  };
}

/** An answer that broke off, on its way again. */
export function resumeRun({ id, createdAt, content, answer }: Pick<Message, 'id' | 'createdAt' | 'content' | 'answer'>): Run {
  const known = {
    placement: answer?.placement ?? null,
    model: answer?.model ?? null,
    route: answer?.route ?? [],
    edited: answer?.edited ?? null,
  };
  // of an answer without a word everything is thought again
  const thought = content === '' ? '' : (answer?.thinking ?? '');
  const time = content === '' || answer?.thoughtMs === undefined ? null : { since: createdAt, ms: answer.thoughtMs };
  return { ...startRun(id, createdAt), ...known, text: content, thinking: { text: thought, settled: thought.length }, thought: time };
}

/** Every chunk but text, thoughts and done, which the caller batches and ends on. `run` has all the text that came before. */
export function noteChunk(run: Run, chunk: Exclude<ChatChunk, { kind: 'text' | 'thinking' | 'done' }>): Run {
  const next = { ...run, route: routeAfter(run.route, chunk, run.text.length), thinking: thinkingAfter(run.thinking, chunk) };
  switch (chunk.kind) {
    case 'placed':
      return { ...next, phase: { kind: 'placed' }, placement: chunk.placement, model: chunk.placement.model };
    case 'queued':
      return { ...next, phase: { kind: 'queued', position: chunk.position, etaMs: chunk.etaMs } };
    case 'loading':
      return { ...next, phase: { kind: 'loading', model: chunk.model, progress: chunk.progress } };
    case 'reading':
      return { ...next, phase: { kind: 'reading', progress: chunk.progress } };
    case 'began':
      return run;
    case 'reconnecting':
      return { ...next, phase: { kind: 'reconnecting', name: chunk.leader.name } };
    case 'seam': {
      // Before the first word nothing is lost, so nothing needs to be said.
      if (chunk.at === 0) return { ...next, phase: { kind: 'sending' } };
      const lost = { name: chunk.lost.name, code: chunk.code };
      return { ...next, phase: { kind: 'moving', lost }, lost };
    }
    case 'waiting':
      return { ...next, phase: { kind: 'waiting' } };
  }
}

export function appendText(run: Run, text: string): Run {
  const phase: Phase = run.phase.kind === 'writing' ? run.phase : { kind: 'writing' };
  return { ...run, phase, text: run.text + text, thinking: thinkingAfter(run.thinking, { kind: 'text', text }) };
}

export function appendThinking(run: Run, text: string): Run {
  const phase: Phase = run.phase.kind === 'thinking' ? run.phase : { kind: 'thinking' };
  return { ...run, phase, thinking: thinkingAfter(run.thinking, { kind: 'thinking', text }) };
}

/** How long the model has been thinking, after more of it came. now: wall clock ms */
export function clockThought(run: Run, now: number): Run {
  const thought = thoughtTimeAfter(run.thought, run.text, run.thinking.text, now);
  return thought === run.thought ? run : { ...run, thought };
}

/** The message that the answer becomes when it ends; the partial text is kept whatever happened. now: wall clock ms */
export function endRun(run: Run, end: RunEnd, now: number): Omit<Message, 'parent' | 'siblings'> {
  const thoughtMs = thoughtMsAt(run.thought, now);
  const { queuedMs, loadedMs }: AnswerWaits = end.kind === 'done' ? end : {};
  const route = end.kind === 'failed' ? routeEnded(run.route, end.failure.code, run.text.length) : run.route;
  return {
    id: run.answerId,
    role: 'assistant',
    content: run.text,
    createdAt: run.createdAt,
    answer: {
      state: end.kind,
      placement: run.placement,
      model: end.kind === 'done' ? end.model : run.model,
      figures: end.kind === 'done' ? end.figures : null,
      failure: end.kind === 'failed' ? end.failure : null,
      route: [...route],
      ...(run.edited === null ? {} : { edited: run.edited }),
      ...(run.thinking.text === '' ? {} : { thinking: run.thinking.text }),
      ...(thoughtMs === undefined ? {} : { thoughtMs }),
      ...(queuedMs === undefined ? {} : { queuedMs }),
      ...(loadedMs === undefined ? {} : { loadedMs }),
    },
  };
}

/** A title from the first question: its first line, at most 60 characters, cut between words. */
export function titleOf(question: string): string {
  const line = question.trim().split('\n', 1)[0]?.replace(/\s+/g, ' ').trim() ?? '';
  if (line.length <= 60) return line;
  const cut = line.slice(0, 60);
  const space = cut.lastIndexOf(' ');
  return `${space > 30 ? cut.slice(0, space) : cut}…`;
}
