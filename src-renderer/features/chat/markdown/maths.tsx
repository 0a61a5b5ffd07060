import { useLayoutEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { lazily } from './lazily.ts';
import classes from './markdown.module.css';

/** KaTeX, its style sheet and its fonts, when the first formula comes into sight. */
const useKatex = lazily(async () => {
  const [{ default: katex }] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')]);
  return katex;
});

/** Longer ones are no formulas, and would be felt. */
const longest = 4000;

/** A formula. One that KaTeX does not understand is shown as it was written. */
export function Maths({ tex, display }: { tex: string; display: boolean }): ReactNode {
  const katex = useKatex();
  const box = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (katex === null || box.current === null) return;
    try {
      if (tex.length > longest) throw new Error('too long for a formula');
      // It builds elements and sets styles by script, as the page's policy demands. Its MathML would not (style attributes), so the formula
      // is named by its source. No trust: commands that load, link or set classes stay text.
      katex.render(tex, box.current, {
        displayMode: display,
        output: 'html',
        throwOnError: true,
        strict: 'ignore',
        trust: false,
        maxExpand: 200,
        maxSize: 20,
      });
      delete box.current.dataset['failed'];
    } catch {
      box.current.textContent = tex;
      box.current.dataset['failed'] = 'true';
    }
  }, [katex, tex, display]);
  const look = display ? classes.formulaBlock : classes.formula;
  if (katex === null) {
    return (
      <span className={look} data-failed="true" dir="ltr">
        {tex}
      </span>
    );
  }
  // KaTeX owns what is inside.
  return (
    <span
      key="drawn"
      ref={box}
      className={look}
      role="math"
      aria-label={tex}
      data-testid="formula"
      dir="ltr"
      tabIndex={display ? 0 : undefined}
    />
  );
}
