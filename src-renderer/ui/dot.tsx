import type { ReactNode } from 'react';
import classes from './dot.module.css';

export type DotState = 'live' | 'busy' | 'idle' | 'away' | 'trouble';

/** A state at a glance. Shape tells it too: full, half, ring, dashed ring, square. Always beside words, so it has no name of its own. */
export function Dot({ state }: { state: DotState }): ReactNode {
  return <span className={classes.dot} data-state={state} aria-hidden />;
}
