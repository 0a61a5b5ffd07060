import { memo, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { beginningOf, coloured, lengthOf, worthColouring } from './coloured.ts';
import type { ColouredPart } from './coloured.ts';
import type { CodePiece } from './highlight.ts';
import { lazily } from './lazily.ts';
import classes from './markdown.module.css';

const useHighlighter = lazily(async () => (await import('./highlight.ts')).highlight);

/** Code with colours once they are there; until then, and in languages that nobody knows, plain. The text is the same either way. */
export function CodeText({ code, language, growing }: { code: string; language: string; growing: boolean }): ReactNode {
  const parts = useColours(code, language, growing);
  // What was coloured stays as it is, and what came since follows it plain: nothing blinks.
  return (
    <>
      {parts.map(({ pieces, settled }, at) => (
        // Parts are only ever appended to.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={at} className={settled ? classes.settled : undefined}>
          <Pieces pieces={pieces} />
        </span>
      ))}
      {code.slice(lengthOf(parts))}
    </>
  );
}

const none: readonly ColouredPart[] = [];

/** The coloured parts that the code begins with: its whole lines while it grows. */
function useColours(code: string, language: string, growing: boolean): readonly ColouredPart[] {
  const highlighter = useHighlighter();
  const [before, setBefore] = useState(none);
  const parts = useMemo(() => {
    if (highlighter === null || language === '') return none;
    const known = beginningOf(before, code);
    if (growing && !worthColouring(known, code.lastIndexOf('\n') + 1)) return known;
    return coloured(known, code, !growing, (part) => highlighter(part, language)) ?? none;
  }, [highlighter, before, code, language, growing]);
  // Known from here on, in the same drawing: the next time round nothing is left to be coloured.
  if (parts !== before) setBefore(parts);
  return parts;
}

const Pieces = memo(function Pieces({ pieces }: { pieces: readonly CodePiece[] }): ReactNode {
  return pieces.map((piece, at) =>
    typeof piece === 'string' ? (
      piece
    ) : (
      // They are drawn anew as a whole or not at all.
      // oxlint-disable-next-line react/no-array-index-key
      <span key={at} className={piece.className}>
        <Pieces pieces={piece.pieces} />
      </span>
    ),
  );
});
