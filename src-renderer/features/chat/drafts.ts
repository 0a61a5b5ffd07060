/** So much of what is typed may be lost when the machine goes down under it, ms. */
const saveAfterMs = 500;

type Timers = { after: (ms: number, run: () => void) => () => void };

/**
 * Saves what is typed at most half a second after it was, also while more is typed. A save that failed is tried again with the next key or the next `saveNow`;
 * the text itself stays in the window's own state meanwhile.
 */
export function createDrafts<Text>(
  timers: Timers,
  save: (id: string, text: Text) => Promise<unknown>,
): { later: (id: string, text: Text) => void; saveNow: () => Promise<void>; drop: (id: string) => void } {
  /** cancel null: its save failed, and no other one is under way. */
  const waiting = new Map<string, { text: Text; cancel: (() => void) | null }>();
  const flying = new Set<Promise<unknown>>();
  /** The one that was begun last, by id: what an older one brought is not to come again. */
  const newest = new Map<string, object>();

  const run = (id: string, text: Text): void => {
    waiting.get(id)?.cancel?.();
    waiting.delete(id);
    const own = {};
    newest.set(id, own);
    const isNewest = (): boolean => newest.get(id) === own;
    const saving = save(id, text)
      .then(
        () => undefined,
        () => {
          if (isNewest() && !waiting.has(id)) waiting.set(id, { text, cancel: null });
        },
      )
      .finally(() => {
        flying.delete(saving);
        if (isNewest()) newest.delete(id);
      });
    flying.add(saving);
  };

  return {
    later: (id, text) => {
      const cancel = waiting.get(id)?.cancel ?? timers.after(saveAfterMs, () => run(id, waiting.get(id)?.text ?? text));
      waiting.set(id, { text, cancel });
    },
    async saveNow() {
      for (const [id, { text }] of [...waiting]) run(id, text);
      await Promise.all(flying);
    },
    drop: (id) => {
      waiting.get(id)?.cancel?.();
      waiting.delete(id);
      newest.delete(id);
    },
  };
}
