import type { ReactNode } from 'react';
import classes from './sparkline.module.css';

const width = 56;
const height = 14;
/** Room for the line's own thickness. */
const edge = 1.5;

/** The way that a few numbers went, newest at the end; its foot is at half of the least. `label`: the same in words. Fewer than two are no line. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }): ReactNode {
  if (values.length < 2) return null;
  const bottom = Math.min(...values) / 2;
  const rise = Math.max(...values) - bottom || 1;
  const step = (width - 2 * edge) / (values.length - 1);
  const points = values.map(
    (value, at) => `${(edge + at * step).toFixed(1)},${(height - edge - ((value - bottom) / rise) * (height - 2 * edge)).toFixed(1)}`,
  );
  return (
    <svg
      className={classes.line}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      data-testid="sparkline"
    >
      <polyline points={points.join(' ')} />
    </svg>
  );
}
