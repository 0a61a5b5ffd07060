import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import classes from './tell.module.css';

/** action: a button beside the words. onGone: it is no longer shown, whoever took it away. */
type Telling = { title?: string; text: string; failed?: boolean; action?: ReactNode; onGone?: () => void };

/** What a slow reader needs for one character, ms: some 130 words a minute. And at least so long, with something to understand or to press. */
const reading = { character: 75, least: 6000, leastToAct: 10_000 };

/** How long it stays for what it says, ms; the pointer on it stops the time. */
function readingTime({ title = '', text, failed = false, action }: Telling): number {
  const least = failed || action !== undefined ? reading.leastToAct : reading.least;
  return Math.max(least, (title.length + text.length) * reading.character);
}

/** Failures that are shown, by their words. */
const failures = new Map<string, () => void>();

/** Says something in passing, at the edge of the window, for as long as it takes to read. The result takes it away. A failure that comes again is said anew, not twice. */
export function tell(telling: Telling): () => void {
  const { title, text, failed = false, action, onGone } = telling;
  const words = `${title ?? ''}\n${text}`;
  if (failed) failures.get(words)?.();
  const hide = (): void => void notifications.hide(id);
  const id: string = notifications.show({
    ...(title === undefined ? {} : { title }),
    ...(failed ? { color: 'var(--axon-bad)' } : {}),
    message:
      action === undefined ? (
        text
      ) : (
        <div className={classes.acting}>
          <span className={classes.words}>{text}</span>
          {action}
        </div>
      ),
    autoClose: readingTime(telling),
    onClose: () => {
      if (failures.get(words) === hide) failures.delete(words);
      onGone?.();
    },
  });
  if (failed) failures.set(words, hide);
  return hide;
}
