import { CircleAlert, Info, TriangleAlert, UserPlus } from 'lucide-react';
import type { ReactNode } from 'react';
import classes from './notice.module.css';

/** ask: somebody waits for a yes or a no. */
export type Tone = 'quiet' | 'ask' | 'warn' | 'bad';

const icons = { quiet: Info, ask: UserPlus, warn: TriangleAlert, bad: CircleAlert };

/** One thing to say, in words, with what to do about it. `bar`: over the whole width, under the top bar. */
export function Notice({
  tone,
  title,
  children,
  actions,
  bar = false,
  testId,
  live = 'polite',
}: {
  tone: Tone;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  bar?: boolean;
  testId?: string;
  live?: 'polite' | 'off';
}): ReactNode {
  const Icon = icons[tone];
  return (
    <div
      className={classes.notice}
      data-tone={tone}
      data-bar={bar || undefined}
      role={live === 'off' ? undefined : 'status'}
      data-testid={testId}
    >
      <Icon size={16} aria-hidden className={classes.icon} />
      <div className={classes.body}>
        <div className={classes.words}>
          <strong>{title}</strong>
          {children !== undefined && children !== null && <div className={classes.text}>{children}</div>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </div>
    </div>
  );
}
