import type { ReactNode } from 'react';
import classes from './words.module.css';

/** The words that two people compare: "otter-lemon-river", each one whole, read as three words. */
export function ComparedWords({ words, size }: { words: string; size: 'page' | 'row' }): ReactNode {
  return (
    <span className={classes.words} data-size={size} data-testid="words" translate="no">
      {words.split('-').map((word, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- the same word may come twice; the order never changes
        <span key={at} className={classes.word}>
          {at > 0 && <span className={classes.dash}>-</span>}
          {word}
        </span>
      ))}
    </span>
  );
}
