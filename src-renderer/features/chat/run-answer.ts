import { isWritten, type ChatChunk } from '../../../src-shared/chat.ts';
import { createTextBatch, pacedFrames } from './batch.ts';
import type { ChatEdges } from './edges.ts';
import { appendText, appendThinking, clockThought, noteChunk } from './run.ts';
import type { Run, RunEnd } from './run.ts';

type Following = {
  edges: ChatEdges;
  /** Asks the node. */
  open: (signal: AbortSignal) => PromiseLike<AsyncIterable<ChatChunk>>;
  signal: AbortSignal;
  setRun: (change: (run: Run) => Run) => void;
};

/** Asks the node and follows the answer to its end; never rejects: a failure is one of the ends. */
export async function followAnswer(options: Following): Promise<RunEnd> {
  const { edges, setRun } = options;
  const frames = pacedFrames(edges);
  const text = createTextBatch(frames, (words) => setRun((run) => clockThought(appendText(run, words), edges.now())));
  const thinking = createTextBatch(frames, (words) => setRun((run) => clockThought(appendThinking(run, words), edges.now())));
  const end = await follow(options, { text, thinking });
  thinking.end();
  text.end();
  return end;
}

/** At most one of them holds something: what comes first is handed on first. */
type Batches = Readonly<Record<'text' | 'thinking', ReturnType<typeof createTextBatch>>>;

async function follow({ edges, open, signal, setRun }: Following, batches: Batches): Promise<RunEnd> {
  try {
    for await (const chunk of await open(signal)) {
      // Chunks that were under way when the person pressed Stop are not drawn any more.
      if (signal.aborted) return { kind: 'stopped' };
      if (isWritten(chunk)) {
        batches[chunk.kind === 'text' ? 'thinking' : 'text'].end();
        batches[chunk.kind].add(chunk.text);
        continue;
      }
      if (chunk.kind === 'done') return chunk;
      // What is said of the text so far must not come before it.
      batches.thinking.end();
      batches.text.end();
      setRun((run) => noteChunk(run, chunk));
    }
    // without a last chunk: it was stopped, here or in another window; a link that breaks says so
    return { kind: 'stopped' };
  } catch (error) {
    return signal.aborted ? { kind: 'stopped' } : { kind: 'failed', failure: edges.failureOf(error) };
  }
}
