import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { CodePiece } from './highlight.ts';
import { lazily } from './lazily.ts';

const useHighlighter = lazily(async () => (await import('./highlight.ts')).highlight);

/** Longer code stays plain: colouring it would be felt. */
const longest = 40_000;
/** While code grows it is coloured anew at most so often, and only up to this length. */
const every = 150;
const longestGrowing = 10_000;

type Coloured = { code: string; pieces: CodePiece[] };

/** Code with colours once they are there; until then, and in languages that nobody knows, plain. The text is the same either way. */
export function CodeText({ code, language, growing }: { code: string; language: string; growing: boolean }): ReactNode {
  const highlighter = useHighlighter();
  const known = growing || language === '' || code.length > longest ? null : highlighter;
  const whole = useMemo(() => known?.(code, language) ?? null, [known, code, language]);
  const begun = useGrowing(code, language, growing ? highlighter : null);
  if (whole !== null) return <Pieces pieces={whole} />;
  // What was coloured stays as it is, and what came since follows it plain: nothing blinks.
  if (growing && begun !== null && code.startsWith(begun.code)) {
    return (
      <>
        <Pieces pieces={begun.pieces} />
        {code.slice(begun.code.length)}
      </>
    );
  }
  return code;
}

/** The colours of the whole lines of a code that grows, as of a moment ago. */
function useGrowing(
  code: string,
  language: string,
  highlighter: ((code: string, language: string) => CodePiece[] | null) | null,
): Coloured | null {
  const [coloured, setColoured] = useState<Coloured | null>(null);
  const newest = useRef(code);
  useEffect(() => {
    newest.current = code;
  });
  const lines = code.lastIndexOf('\n') + 1;
  const due = highlighter !== null && language !== '' && lines > (coloured?.code.length ?? 0) && lines <= longestGrowing;
  useEffect(() => {
    if (!due) return undefined;
    const timer = setTimeout(() => {
      const part = newest.current.slice(0, newest.current.lastIndexOf('\n') + 1);
      const pieces = highlighter(part, language);
      if (pieces !== null) setColoured({ code: part, pieces });
    }, every);
    return () => clearTimeout(timer);
  }, [due, highlighter, language]);
  return coloured;
}

const Pieces = memo(function Pieces({ pieces }: { pieces: CodePiece[] }): ReactNode {
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
