// Which conversations changed, for every face of this node: a second window, the browser's beside the app's, a program at the door.
import type { Clock } from '../jobs/ports.ts';
import type { Conversations } from '../store/conversations/conversations.ts';
import type { AnswerWriter } from '../store/conversations/writer.ts';
import { signal } from './change.ts';

/** What changes within so long is told together, ms: a person does not see the difference. */
const everyMs = 100;
/** More ids than this (an import) are told as "any". */
const maxIds = 100;

/** One connected window or program; undefined: the node itself. */
export type Face = object | undefined;

export type ConversationNews = {
  /** The same conversations; whatever that face changes through them is told to the others. */
  by(face: Face): Conversations;
  /**
   * Ids of those that others changed since the last item, an empty list for any of them; one such at once, for what was before. Ends with the
   * signal.
   */
  watch(face: Face, abort: AbortSignal): AsyncGenerator<string[], void>;
};

/**
 * Told are what a list or an open conversation shows: a question, the end of an answer, a name, a place. Not told are a growing answer, which
 * whoever shows it looks at by itself, and drafts and begun edits, which are each window's own.
 */
export function conversationNews(kept: Conversations, clock: Clock): ConversationNews {
  const watchers = new Set<{ face: Face; heard: (id: string | null) => void }>();
  const changes = signal(clock, everyMs, () => undefined);
  /** null: any */
  const tell = (by: Face, id: string | null): void => {
    const others = [...watchers].filter(({ face }) => face === undefined || face !== by);
    for (const { heard } of others) heard(id);
    if (others.length > 0) changes.mark();
  };
  const told = (by: Face, writer: AnswerWriter, id: string): AnswerWriter => ({
    ...writer,
    end(state, facts) {
      writer.end(state, facts);
      tell(by, id);
    },
  });

  const toldBy = (by: Face): Conversations => {
    const then = <T>(id: string | null, result: T): T => {
      tell(by, id);
      return result;
    };
    return {
      ...kept,
      create: (id, title) => then(id, kept.create(id, title)),
      update(id, patch) {
        kept.update(id, patch);
        const { draft: _, edits: _edits, ...shown } = patch;
        if (Object.values(shown).some((value) => value !== undefined)) tell(by, id);
      },
      remove: (id) => then(id, kept.remove(id)),
      restore: (id) => then(id, kept.restore(id)),
      choose: (id, messageId) => then(id, kept.choose(id, messageId)),
      revise: (id, revision) => then(id, kept.revise(id, revision)),
      fork: (id, messageId, newId) => then(newId, kept.fork(id, messageId, newId)),
      import: (text) => then(null, kept.import(text)),
      begin(id, asked) {
        const { writer, ...spoken } = kept.begin(id, asked);
        return then(id, { ...spoken, writer: told(by, writer, id) });
      },
      resume(id, answerId, shown, wish) {
        const { writer, ...spoken } = kept.resume(id, answerId, shown, wish);
        return then(id, { ...spoken, writer: told(by, writer, id) });
      },
    };
  };

  return {
    by: toldBy,
    async *watch(face, abort) {
      let ids = new Set<string>();
      let any = true;
      const heard = (id: string | null): void => {
        if (id === null || ids.size >= maxIds) any = true;
        else ids.add(id);
      };
      const watcher = { face, heard };
      watchers.add(watcher);
      try {
        while (!abort.aborted) {
          if (any || ids.size > 0) {
            const changed = any ? [] : [...ids];
            ids = new Set();
            any = false;
            yield changed;
          } else if (!(await changes.next(abort))) return;
        }
      } finally {
        watchers.delete(watcher);
      }
    },
  };
}
