import { Popover } from '@mantine/core';
import type { ReactNode } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { scorePart, scoreWeights, type AnswerWaits, type CandidateRow, type Placement } from '../../../src-shared/chat.ts';
import type { Message } from '../../../src-shared/conversation.ts';
import { format, useOnDemand } from '../../ui/index.ts';
import { Route, useWriters } from './route.tsx';
import classes from './answer.module.css';

/** "GPU-DESKTOP · smollm2 · 42 tok/s · first token 0.6 s · 312 tokens"; a click tells why that machine. length: of its text */
export function AnswerLine({ answer, length }: { answer: NonNullable<Message['answer']>; length: number }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const card = useOnDemand('dialog');
  const { placement, figures } = answer;
  const model = answer.model ?? placement?.model ?? null;
  const writers = useWriters(answer, length);
  const parts = [
    answer.edited === undefined ? null : t('chat.editedByYou'),
    writers,
    // nobody but the person wrote it so far
    answer.edited === length ? null : model,
    figures === null || figures.tokensPerSecond === 0
      ? null
      : t('chat.rate', { rate: format.rate(figures.tokensPerSecond, i18n.language) }),
    figures === null ? null : t('chat.firstToken', { time: format.milliseconds(figures.timeToFirstTokenMs, i18n.language) }),
    figures === null ? null : t('chat.tokenCount', { count: figures.tokens }),
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
  const button = (
    <button {...card.button} type="button" className={classes.line} data-testid="answer-line" title={t('chat.why')}>
      {line}
    </button>
  );
  if (!card.wanted) return button;
  return (
    <Popover
      opened={card.opened}
      onChange={card.change}
      position="top-start"
      width="calc(min(380px, 100vw - 16px))"
      trapFocus
      middlewares={inWindow}
    >
      <Popover.Target>{button}</Popover.Target>
      <Popover.Dropdown className={classes.why} data-testid="answer-why">
        <Route route={answer.route ?? []} length={length} edited={answer.edited ?? 0} />
        <Why
          placement={placement}
          waits={answer}
          moved={answer.route?.some(({ lost }) => lost !== null) === true}
          {...(figures === null ? {} : { tokens: figures.tokens })}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

/** The card is on the side with more room, and scrolls where it is higher than that: its first line is in sight in every window. */
const inWindow = {
  shift: { padding: 8 },
  flip: { fallbackStrategy: 'bestFit' as const },
  size: {
    padding: 8,
    apply: ({ availableHeight, elements }: { availableHeight: number; elements: { floating: HTMLElement } }) => {
      elements.floating.style.maxHeight = `${Math.max(120, availableHeight)}px`;
    },
  },
};

/** moved: others wrote before it. waits: how long it really took until it was its turn, and its model was there */
function Why({
  placement,
  waits,
  moved,
  tokens,
}: {
  placement: Placement;
  waits: AnswerWaits;
  moved: boolean;
  tokens?: number;
}): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { queuedMs, loadedMs } = waits;
  return (
    <>
      <strong>{t(moved ? 'chat.whyMovedTitle' : 'chat.whyTitle', { name: placement.leader.name })}</strong>
      <p className={classes.whyText}>
        {t(`chat.reason.${placement.reason}`)}
        {placement.local && ` ${t('chat.local')}`}
        {tokens !== undefined && ` ${t('chat.tokens', { count: tokens })}`}
      </p>
      {(queuedMs !== undefined || loadedMs !== undefined) && (
        <p className={classes.whyText} data-testid="answer-waits">
          {[
            queuedMs === undefined ? null : t('chat.waited.line', { time: format.milliseconds(queuedMs, i18n.language) }),
            loadedMs === undefined ? null : t('chat.waited.load', { time: format.milliseconds(loadedMs, i18n.language) }),
          ]
            .filter((part) => part !== null)
            .join(' ')}
        </p>
      )}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard */}
      <div className={classes.candidateFrame} tabIndex={0} role="group" aria-label={t('chat.candidates')}>
        <ul className={classes.candidates}>
          {placement.candidates.map((candidate) => (
            <Candidate key={candidate.leader.peerId} row={candidate} chosen={candidate.leader.peerId === placement.leader.peerId} />
          ))}
        </ul>
      </div>
    </>
  );
}

function placeOfModel({ loaded, download }: CandidateRow, t: TFunction<'window'>, language: string): string {
  if (download === undefined) return loaded ? t('chat.candidate.loaded') : t('chat.candidate.cold');
  const { sizeBytes } = download;
  return sizeBytes === null ? t('chat.candidate.download') : t('chat.candidate.downloadOf', { size: format.bytes(sizeBytes, language) });
}

function Candidate({ row, chosen }: { row: CandidateRow; chosen: boolean }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { language } = i18n;
  if (row.excluded !== undefined) {
    return (
      <li data-excluded>
        <div className={classes.candidateHead}>
          <span className={classes.candidate}>{row.leader.name}</span>
          <span className={classes.candidateFacts}>{t(`chat.excluded.${row.excluded}`)}</span>
        </div>
      </li>
    );
  }
  const speed = row.tokensPerSecond === null ? null : format.rate(row.tokensPerSecond, language);
  const facts = [
    speed === null ? null : t(row.measured ? 'chat.candidate.measured' : 'chat.candidate.claimed', { rate: speed }),
    placeOfModel(row, t, language),
    t('chat.candidate.slots', { count: row.freeSlots }),
    row.waiting > 0 ? t('chat.candidate.waiting', { count: row.waiting }) : null,
    row.waitMs === null || row.waitMs === 0 ? null : t('chat.candidate.wait', { time: format.wait(row.waitMs, language) }),
    row.freeMb === null ? null : t('chat.candidate.free', { free: format.mebibytes(row.freeMb, language) }),
    row.reservedMb === 0 ? null : t('chat.candidate.reserved', { reserved: format.mebibytes(row.reservedMb, language) }),
    row.latencyMs === null ? null : format.latency(row.latencyMs, language),
  ].filter((fact) => fact !== null);
  // answers from before there were scores have no parts
  const scored = scorePart.options.some((part) => row.parts[part] !== undefined);
  return (
    <li data-chosen={chosen || undefined}>
      <div className={classes.candidateHead}>
        <span className={classes.candidate}>{row.leader.name}</span>
        {scored && <span className={classes.candidateScore}>{t('chat.candidate.score', { score: Math.round(row.score) })}</span>}
      </div>
      <p className={classes.candidateFacts}>{facts.join(' · ')}</p>
      {scored && <Parts row={row} />}
    </li>
  );
}

/** What the points are made of: a bar for each part, as long as what it gave of what it can give. */
function Parts({ row }: { row: CandidateRow }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <dl className={classes.parts}>
      {scorePart.options.map((part) => (
        <div key={part}>
          <dt>{t(`chat.part.${part}`)}</dt>
          <dd>
            <progress max={scoreWeights[part]} value={row.parts[part] ?? 0} aria-hidden />
            <span>{Math.round(row.parts[part] ?? 0)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
