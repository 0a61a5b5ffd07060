const saveAfterMs = 500;

type Timers = { after: (ms: number, run: () => void) => () => void };

/**
 * Saves what is typed half a second after the last key. A save that failed is tried again with the next key or the next `saveNow`;
 * the text itself stays in the window's own state meanwhile.
 */
export function createDrafts<Text>(
  timers: Timers,
  save: (id: string, text: Text) => Promise<unknown>,
): { later: (id: string, text: Text) => void; saveNow: () => void; drop: (id: string) => void } {
  const waiting = new Map<string, { text: Text; cancel: () => void }>();

  const run = (id: string, text: Text): void => {
    waiting.get(id)?.cancel();
    waiting.delete(id);
    save(id, text).catch(() => {
      if (!waiting.has(id)) waiting.set(id, { text, cancel: () => undefined });
    });
  };

  return {
    later: (id, text) => {
      waiting.get(id)?.cancel();
      waiting.set(id, { text, cancel: timers.after(saveAfterMs, () => run(id, text)) });
    },
    saveNow: () => {
      for (const [id, { text }] of [...waiting]) run(id, text);
    },
    drop: (id) => {
      waiting.get(id)?.cancel();
      waiting.delete(id);
    },
  };
}
