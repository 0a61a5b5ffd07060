import { Button } from '@mantine/core';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMadeOfView, useView } from '../../node/index.ts';
import { format, Notice } from '../../ui/index.ts';
import type { DraftFile } from './attach/draft-file.ts';
import { chat, useAnswering, useChat } from './chat.ts';
import { contextUse, leaveOutBefore, warnFrom } from './context-use.ts';
import type { ContextUse } from './context-use.ts';
import { whoAnswers } from './who-answers.ts';
import classes from './context-meter.module.css';

/** How full the open conversation is for the model that it goes to; null: nobody knows, or there is nothing yet. */
export function useContextUse(draft: string, files: readonly DraftFile[]): ContextUse | null {
  const conversation = useChat((state) => state.conversation);
  // A letter more or less is nothing: the long conversation is not counted again for each key.
  const coarse = draft.length < 200 ? '' : draft;
  return useMadeOfView((view) =>
    conversation === null || (conversation.messages.length === 0 && files.length === 0 && coarse === '')
      ? null
      : contextUse(
          conversation,
          coarse,
          view,
          conversation.model,
          files.flatMap(({ attachment }) => attachment ?? []),
        ),
  );
}

const radius = 6;
const round = 2 * Math.PI * radius;

/** A ring and a number. */
export function ContextMeter({ use }: { use: ContextUse }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const share = format.percent(use.share, i18n.language);
  const words = t('context.words', { tokens: format.count(use.tokens, i18n.language), limit: format.count(use.limit, i18n.language) });
  return (
    <span
      className={classes.meter}
      data-warn={use.share >= warnFrom || undefined}
      title={words}
      role="img"
      aria-label={`${share}. ${words}`}
      data-testid="context-meter"
    >
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden>
        <circle className={classes.track} cx="8" cy="8" r={radius} />
        <circle
          className={classes.fill}
          cx="8"
          cy="8"
          r={radius}
          strokeDasharray={`${Math.min(1, use.share) * round} ${round}`}
          transform="rotate(-90 8 8)"
        />
      </svg>
      <span aria-hidden>{share}</span>
    </span>
  );
}

/** Said before it is too late: from 80 % on, and once more when it is full. Nothing is left out in silence. typed: nothing is attached. */
export function ContextNotice({ use, typed }: { use: ContextUse; typed: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const begun = useChat((state) => (state.conversation?.messages.length ?? 0) > 0);
  if (use.share < warnFrom) return null;
  const full = use.share >= 1;
  return (
    <div className={classes.notice}>
      <Notice
        tone={full ? 'bad' : 'warn'}
        title={full ? t('context.fullTitle') : t('context.nearTitle')}
        testId="context-notice"
        // before the first question there is nothing to sum up or to leave out
        {...(begun ? { actions: <WaysOn limit={use.limit} /> } : {})}
      >
        {begun ? t(full ? 'context.full' : 'context.near') : t(typed ? 'context.aloneHelpTyped' : 'context.aloneHelp')}
      </Notice>
    </div>
  );
}

/** How a conversation goes on that no longer fits. */
function WaysOn({ limit }: { limit: number }): ReactNode {
  const { t } = useTranslation('window');
  const conversation = useChat((state) => state.conversation);
  const writing = useChat((state) => state.summarising !== null && state.summarising === state.currentId);
  const answering = useAnswering();
  const nobody = useView((view) => ['none', 'not-allowed'].includes(whoAnswers(view).kind));
  const oldest = useMemo(() => (conversation === null ? null : leaveOutBefore(conversation, limit)), [conversation, limit]);
  if (writing) {
    return (
      <>
        <span role="status">{t('context.summarising')}</span>
        <Button size="compact-sm" variant="default" onClick={() => chat.stop()} data-testid="summarise-stop">
          {t('chat.stop')}
        </Button>
      </>
    );
  }
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        disabled={answering || nobody}
        onClick={() => chat.summarise(limit)}
        data-testid="summarise"
      >
        {t('context.summarise')}
      </Button>
      {oldest !== null && (
        <Button size="compact-sm" variant="default" disabled={answering} onClick={() => chat.leaveOut(oldest)} data-testid="leave-out">
          {t('context.leaveOut')}
        </Button>
      )}
      <Button size="compact-sm" variant="default" onClick={() => void chat.startNew()}>
        {t('conversations.new')}
      </Button>
    </>
  );
}
