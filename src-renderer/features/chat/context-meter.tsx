import { Button } from '@mantine/core';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import { format, Notice } from '../../ui/index.ts';
import type { DraftFile } from './attach/draft-file.ts';
import { chat, useChat } from './chat.ts';
import { contextUse, warnFrom } from './context-use.ts';
import type { ContextUse } from './context-use.ts';
import classes from './context-meter.module.css';

/** How full the open conversation is for the model that it goes to; null: nobody knows, or there is nothing yet. */
export function useContextUse(draft: string, files: readonly DraftFile[]): ContextUse | null {
  const conversation = useChat((state) => state.conversation);
  const self = useView((view) => view.self);
  const peers = useView((view) => view.peers);
  // A letter more or less is nothing: the long conversation is not counted again for each key.
  const coarse = draft.length < 200 ? '' : draft;
  return useMemo(
    () =>
      conversation === null || (conversation.messages.length === 0 && files.length === 0)
        ? null
        : contextUse(
            conversation,
            coarse,
            { self, peers },
            conversation.model,
            files.flatMap(({ attachment }) => attachment ?? []),
          ),
    [conversation, coarse, files, self, peers],
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

/** Said before it is too late: from 80 % on, and once more when it is full. Nothing is left out in silence. */
export function ContextNotice({ use }: { use: ContextUse }): ReactNode {
  const { t } = useTranslation('window');
  if (use.share < warnFrom) return null;
  const full = use.share >= 1;
  return (
    <div className={classes.notice}>
      <Notice
        tone={full ? 'bad' : 'warn'}
        title={full ? t('context.fullTitle') : t('context.nearTitle')}
        testId="context-notice"
        actions={
          <Button size="compact-sm" variant="default" onClick={() => void chat.startNew()}>
            {t('conversations.new')}
          </Button>
        }
      >
        {full ? t('context.full') : t('context.near')}
      </Notice>
    </div>
  );
}
