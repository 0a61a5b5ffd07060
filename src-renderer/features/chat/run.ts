import type { AnswerFigures, ChatChunk, Placement } from '../../../src-shared/chat.ts';
import type { Message } from '../../../src-shared/conversation.ts';
import type { FailureShape } from '../../../src-shared/failure.ts';

/** What a running answer waits for. */
export type Phase =
  | { kind: 'sending' }
  | { kind: 'placed' }
  | { kind: 'queued'; position: number; etaMs?: number | undefined }
  | { kind: 'loading'; model: string; progress?: number | undefined }
  | { kind: 'reading'; progress?: number | undefined }
  | { kind: 'writing' }
  | { kind: 'reconnecting'; name: string }
  /** That machine went away; whoever goes on is not known yet. */
  | { kind: 'moving'; lost: string }
  | { kind: 'waiting' };

/** An answer on its way. Its text lives here, not in the conversation, until it ends. */
export type Run = {
  answerId: string;
  phase: Phase;
  text: string;
  placement: Placement | null;
  model: string | null;
};

export type RunEnd =
  | { kind: 'done'; model: string; figures: AnswerFigures }
  | { kind: 'stopped' }
  | { kind: 'failed'; failure: FailureShape };

export function startRun(answerId: string): Run {
  return { answerId, phase: { kind: 'sending' }, text: '', placement: null, model: null };
}

/** Every chunk but text and done, which the caller batches and ends on. */
export function noteChunk(run: Run, chunk: Exclude<ChatChunk, { kind: 'text' | 'done' }>): Run {
  switch (chunk.kind) {
    case 'placed':
      return { ...run, phase: { kind: 'placed' }, placement: chunk.placement, model: chunk.placement.model };
    case 'queued':
      return { ...run, phase: { kind: 'queued', position: chunk.position, etaMs: chunk.etaMs } };
    case 'loading':
      return { ...run, phase: { kind: 'loading', model: chunk.model, progress: chunk.progress } };
    case 'reading':
      return { ...run, phase: { kind: 'reading', progress: chunk.progress } };
    case 'began':
      return run;
    case 'reconnecting':
      return { ...run, phase: { kind: 'reconnecting', name: chunk.leader.name } };
    case 'seam':
      return { ...run, phase: { kind: 'moving', lost: chunk.lost.name } };
    case 'waiting':
      return { ...run, phase: { kind: 'waiting' } };
  }
}

export function appendText(run: Run, text: string): Run {
  return { ...run, phase: run.phase.kind === 'writing' ? run.phase : { kind: 'writing' }, text: run.text + text };
}

/** The message that the answer becomes when it ends; the partial text is kept whatever happened. */
export function endRun(run: Run, end: RunEnd, createdAt: number): Message {
  return {
    id: run.answerId,
    role: 'assistant',
    content: run.text,
    createdAt,
    answer: {
      state: end.kind,
      placement: run.placement,
      model: end.kind === 'done' ? end.model : run.model,
      figures: end.kind === 'done' ? end.figures : null,
      failure: end.kind === 'failed' ? end.failure : null,
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
