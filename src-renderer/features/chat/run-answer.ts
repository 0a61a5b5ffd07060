import type { ChatChunk } from '../../../src-shared/chat.ts';
import type { Message } from '../../../src-shared/conversation.ts';
import { createTextBatch } from './batch.ts';
import type { ChatEdges } from './edges.ts';
import { appendText, endRun, noteChunk } from './run.ts';
import type { Run, RunEnd } from './run.ts';

type SendInput = { id: string; questionId: string; answerId: string; content?: string; model?: string };

/** Asks the node and follows the answer to its end; never rejects: a failure is one of the ends. */
export async function runAnswer(options: {
  edges: ChatEdges;
  input: SendInput;
  signal: AbortSignal;
  setRun: (change: (run: Run) => Run) => void;
  run: () => Run;
}): Promise<Message> {
  const { edges, setRun } = options;
  const createdAt = edges.now();
  const batch = createTextBatch(edges.frame, (text) => setRun((run) => appendText(run, text)));
  const end = await follow(options, batch.add);
  batch.end();
  return endRun(options.run(), end, createdAt);
}

async function follow(options: Parameters<typeof runAnswer>[0], addText: (text: string) => void): Promise<RunEnd> {
  const { edges, input, signal, setRun } = options;
  try {
    for await (const chunk of (await edges.node().conversations.send(input, { signal })) as AsyncIterable<ChatChunk>) {
      // Chunks that were under way when the person pressed Stop are not drawn any more.
      if (signal.aborted) return { kind: 'stopped' };
      if (chunk.kind === 'text') addText(chunk.text);
      else if (chunk.kind === 'done') return { kind: 'done', model: chunk.model, figures: chunk.figures };
      else setRun((run) => noteChunk(run, chunk));
    }
    return signal.aborted
      ? { kind: 'stopped' }
      : { kind: 'failed', failure: { code: 'disconnected', message: 'the answer ended without its last chunk' } };
  } catch (error) {
    return signal.aborted ? { kind: 'stopped' } : { kind: 'failed', failure: edges.failureOf(error) };
  }
}
