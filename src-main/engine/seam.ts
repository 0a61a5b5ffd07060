// Where an answer that another engine began goes on: what may not be shown twice, and stop texts that begin in what was shown.

/** An engine that starts over is told from one that happens to use the same words by this many characters of the answer's beginning. */
const sameBeginning = 24;

export type Seamed = {
  /** What may be shown now. */
  text: string;
  /** A stop text began in what was there: the answer ends here. */
  stopped: boolean;
  /** The engine began the answer anew, in other words: it cannot go on. Nothing of it was shown. */
  restarted: boolean;
};

export type Seam = {
  /** Takes what the engine writes next. */
  take(text: string): Seamed;
  /** The engine ended: what was held back may be shown after all, or was the answer's own beginning again. */
  ended(): Seamed;
};

/**
 * Looks at the first characters after `before`, and passes the rest on. They are held back while a stop text may begin before them, and, with
 * `mayRestart`, while they are the answer's own beginning; a whole repeat of `before` is left out.
 * @param stops texts before which the answer ends
 * @param mayRestart the engine's template may close the turn, so that it answers again from the start
 */
export function seam(before: string, stops: readonly string[], mayRestart: boolean): Seam {
  let held = '';
  let open = true;
  let repeats = mayRestart && before.trim().length >= sameBeginning;

  /** undefined: goes on without that; else what is known so far about an answer that is written again. */
  const repeated = (): 'perhaps' | 'all' | 'restarted' | undefined => {
    const [was, now] = [before.trimStart(), held.trimStart()];
    if (now.length < was.length && was.startsWith(now)) return 'perhaps';
    if (now.startsWith(was.trimEnd())) return 'all';
    return commonLength(was, now) >= sameBeginning ? 'restarted' : undefined;
  };

  const settle = (): Seamed => {
    const passed = { text: '', stopped: false, restarted: false };
    if (repeats) {
      const found = repeated();
      if (found === 'perhaps') return passed;
      if (found === 'restarted') return { ...passed, restarted: true };
      repeats = false;
      if (found === 'all') held = afterRepeat(held, before);
    }
    if (crosses(before, held, stops)) return { ...passed, stopped: true };
    if (mayCross(before, held, stops)) return passed;
    open = false;
    return { ...passed, text: takeHeld() };
  };
  const takeHeld = (): string => {
    const text = held;
    held = '';
    return text;
  };

  return {
    take(text) {
      if (!open) return { text, stopped: false, restarted: false };
      held += text;
      return settle();
    },
    ended() {
      const passed = { text: '', stopped: false, restarted: false };
      const [was, now] = [before.trimStart(), held.trimStart()];
      if (repeats && now.trimEnd() === was.trimEnd()) return passed;
      // it ended inside its own beginning: to show that would say it twice, and what comes after is not known
      if (repeats && commonLength(was, now) >= sameBeginning) return { ...passed, restarted: true };
      return { ...passed, text: takeHeld() };
    },
  };
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

/** Blanks at the end of `before` may be missing in the repeat, or be there again. */
function afterRepeat(held: string, before: string): string {
  const body = before.trim();
  const rest = held.trimStart().slice(body.length);
  const blanks = before.slice(before.trimEnd().length);
  return rest.startsWith(blanks) ? rest.slice(blanks.length) : rest.trimStart();
}

/** A whole stop text lies over the end of `before`. */
function crosses(before: string, held: string, stops: readonly string[]): boolean {
  return stops.some((stop) => {
    for (let inside = 1; inside < stop.length; inside++)
      if (before.endsWith(stop.slice(0, inside)) && held.startsWith(stop.slice(inside))) return true;
    return false;
  });
}

/** A stop text may still come to lie there. */
function mayCross(before: string, held: string, stops: readonly string[]): boolean {
  return stops.some((stop) => {
    for (let inside = 1; inside < stop.length; inside++) {
      const left = stop.slice(inside);
      if (left.length > held.length && before.endsWith(stop.slice(0, inside)) && left.startsWith(held)) return true;
    }
    return false;
  });
}
