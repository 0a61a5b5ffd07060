import type { ReactNode } from 'react';

/** Axon's mark: a cell body with a branching line. The drawing is assets/icon.svg without its ground. */
export function Mark({ size = 22 }: { size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden focusable="false">
      <g stroke="currentColor" strokeWidth="2.5" strokeLinecap="round">
        <path d="M11 20 C17 15.4 17.6 9.8 24.6 7" />
        <path d="M16.4 14.4 C20.4 13.4 24 15.2 26.2 19.4" />
      </g>
      <circle cx="9.4" cy="21.6" r="6.4" fill="var(--axon-accent)" />
      <circle cx="25" cy="6.8" r="3" fill="currentColor" />
      <circle cx="26.6" cy="20.6" r="2.6" fill="currentColor" />
    </svg>
  );
}
