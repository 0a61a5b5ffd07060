import type { ReactNode } from 'react';

/** Axon's mark: a cell body with a branching line. The drawing is assets/icon.svg without its ground. */
export function Mark({ size = 22 }: { size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden focusable="false">
      <g stroke="currentColor" strokeWidth="2.6" strokeLinecap="round">
        <path d="M13.2 18.8 C18 14 19.6 10.2 24.6 7.4" />
        <path d="M16.6 15.4 C20.6 15.6 23.4 17.4 26 20.4" />
        <path d="M8.4 20.4 L4.6 16.2" />
        <path d="M12 25 L14.6 28.6" />
      </g>
      <circle cx="10.2" cy="21.8" r="5.2" fill="var(--axon-accent)" />
      <circle cx="25.4" cy="6.9" r="2.7" fill="currentColor" />
      <circle cx="26.8" cy="21.2" r="2.1" fill="currentColor" />
    </svg>
  );
}
