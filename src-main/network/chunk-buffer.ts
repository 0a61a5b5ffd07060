// Between a chat and a slow reader: a short line of chunks in which neighbouring texts are joined.
import type { ChatChunk } from '../../src-shared/chat.ts';

/** The schema's bound for the text of one chunk, and how many chunks wait at most. */
const joinedText = 65_536;
const waitingChunks = 32;

export type ChunkBuffer = {
  /** Resolves when there is room for another one. */
  put(chunk: ChatChunk): Promise<void>;
  /** No more will come. */
  end(failed: { error: unknown } | undefined): void;
  /** Undefined at the end; throws what the chat failed with, after everything before it was taken. Throws the signal's reason. */
  take(signal: AbortSignal): Promise<ChatChunk | undefined>;
  /** Nobody takes any more: what is put vanishes. */
  drop(): void;
};

export function chunkBuffer(): ChunkBuffer {
  const waiting: ChatChunk[] = [];
  let ended: { failed: { error: unknown } | undefined } | undefined;
  let dropped = false;
  let wakeTaker: () => void = () => undefined;
  let wakePutter: () => void = () => undefined;

  return {
    async put(chunk) {
      if (dropped) return;
      if (chunk.kind === 'text' && chunk.text.length > joinedText) {
        // an engine may give everything at once
        for (let at = 0; at < chunk.text.length; at += joinedText)
          await this.put({ kind: 'text', text: chunk.text.slice(at, at + joinedText) });
        return;
      }
      const last = waiting.at(-1);
      if (last?.kind === 'text' && chunk.kind === 'text' && last.text.length + chunk.text.length <= joinedText) {
        waiting[waiting.length - 1] = { kind: 'text', text: last.text + chunk.text };
      } else {
        waiting.push(chunk);
      }
      wakeTaker();
      while (waiting.length >= waitingChunks && !dropped) {
        await new Promise<void>((resolve) => {
          wakePutter = resolve;
        });
      }
    },
    end(failed) {
      ended = { failed };
      wakeTaker();
    },
    async take(signal) {
      for (;;) {
        signal.throwIfAborted();
        const chunk = waiting.shift();
        if (chunk !== undefined) {
          wakePutter();
          return chunk;
        }
        if (ended !== undefined) {
          if (ended.failed !== undefined) throw ended.failed.error;
          return undefined;
        }
        await new Promise<void>((resolve) => {
          wakeTaker = () => {
            signal.removeEventListener('abort', wakeTaker);
            resolve();
          };
          signal.addEventListener('abort', wakeTaker, { once: true });
        });
      }
    },
    drop() {
      dropped = true;
      waiting.length = 0;
      wakePutter();
    },
  };
}
