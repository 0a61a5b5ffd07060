import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { format, useNow } from '../../ui/index.ts';
import classes from './thinking.module.css';

/** What a model thought before it answered: closed, and one line that says how long. since: it still thinks, from that moment on */
export function ThinkingBlock({ text, since, ms }: { text: string; since: number | null; ms: number | null }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const [open, setOpen] = useState(false);
  const id = useId();
  if (text.trim() === '') return null;
  const live = since !== null;
  return (
    <div className={classes.thinking} data-testid="thinking" data-live={live || undefined}>
      <button type="button" className={classes.head} aria-expanded={open} aria-controls={id} onClick={() => setOpen((was) => !was)}>
        <ChevronRight size={14} aria-hidden className={classes.arrow} />
        {live ? (
          <Since since={since} />
        ) : (
          <span>{ms === null ? t('chat.thought') : t('chat.thoughtFor', { time: format.wait(ms, i18n.language) })}</span>
        )}
      </button>
      {open && (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard
        <div
          id={id}
          className={classes.text}
          dir="auto"
          tabIndex={0}
          role="group"
          aria-label={t('chat.thought')}
          data-testid="thinking-text"
        >
          {text.trim()}
        </div>
      )}
    </div>
  );
}

/** "Thinking… 12 s" */
function Since({ since }: { since: number }): ReactNode {
  const { t } = useTranslation('window');
  const seconds = Math.max(0, Math.floor((useNow(1000) - since) / 1000));
  return (
    <span className={classes.live}>
      {t('chat.thinking')} <span className={classes.seconds}>{`${seconds}\u00a0s`}</span>
    </span>
  );
}
