import { Popover } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Placement } from '../../../src-shared/chat.ts';
import type { Message } from '../../../src-shared/conversation.ts';
import { format } from '../../ui/index.ts';
import { Route, useWriters } from './route.tsx';
import classes from './answer.module.css';

/** "GPU-DESKTOP · smollm2 · 42 tok/s · first token 0.6 s"; a click tells why that machine. length: of its text */
export function AnswerLine({ answer, length }: { answer: NonNullable<Message['answer']>; length: number }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { placement, figures } = answer;
  const model = answer.model ?? placement?.model ?? null;
  const parts = [
    useWriters(answer, length),
    model,
    figures === null || figures.tokensPerSecond === 0
      ? null
      : t('chat.rate', { rate: format.rate(figures.tokensPerSecond, i18n.language) }),
    figures === null ? null : t('chat.firstToken', { time: format.milliseconds(figures.timeToFirstTokenMs, i18n.language) }),
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  const line = parts.join(' · ');
  if (placement === null) {
    return (
      <span className={classes.line} data-testid="answer-line">
        {line}
      </span>
    );
  }
  return (
    <Popover position="top-start" width={340} trapFocus={false}>
      <Popover.Target>
        <button type="button" className={classes.line} data-testid="answer-line" title={t('chat.why')}>
          {line}
        </button>
      </Popover.Target>
      <Popover.Dropdown className={classes.why} data-testid="answer-why">
        <Route route={answer.route ?? []} length={length} />
        <Why placement={placement} {...(figures === null ? {} : { tokens: figures.tokens })} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Why({ placement, tokens }: { placement: Placement; tokens?: number }): ReactNode {
  const { t, i18n } = useTranslation('window');
  return (
    <>
      <strong>{t('chat.whyTitle', { name: placement.leader.name })}</strong>
      <p className={classes.whyText}>
        {t(`chat.reason.${placement.reason}`)}
        {placement.local && ` ${t('chat.local')}`}
        {tokens !== undefined && ` ${t('chat.tokens', { count: tokens })}`}
      </p>
      <ul className={classes.candidates}>
        {placement.candidates.map((candidate) => (
          <li key={candidate.leader.peerId} data-chosen={candidate.leader.peerId === placement.leader.peerId || undefined}>
            <span className={classes.candidate}>{candidate.leader.name}</span>
            <span className={classes.candidateFacts}>
              {candidate.excluded === undefined
                ? [
                    candidate.loaded ? t('chat.candidate.loaded') : t('chat.candidate.cold'),
                    t('chat.candidate.slots', { count: candidate.freeSlots }),
                    candidate.waiting > 0 ? t('chat.candidate.waiting', { count: candidate.waiting }) : null,
                    candidate.latencyMs === null ? null : format.milliseconds(candidate.latencyMs, i18n.language),
                  ]
                    .filter((part) => part !== null)
                    .join(' · ')
                : t(`chat.excluded.${candidate.excluded}`)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
