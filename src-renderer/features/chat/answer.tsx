import { Button } from '@mantine/core';
import { RotateCw } from 'lucide-react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src-shared/conversation.ts';
import type { FailureShape } from '../../../src-shared/failure.ts';
import { useFailureWords } from '../../node/index.ts';
import { CopyButton, format, Notice } from '../../ui/index.ts';
import { AnswerLine } from './answer-line.tsx';
import { chat, useChat } from './chat.ts';
import { SafeMarkdown } from './markdown/markdown.tsx';
import type { Phase, Run } from './run.ts';
import classes from './answer.module.css';

/** One answer. `last`: it may be asked for again. */
export const Answer = memo(function Answer({
  message,
  conversationId,
  last,
}: {
  message: Message;
  conversationId: string;
  last: boolean;
}): ReactNode {
  const live = useChat((state) => {
    const run = state.runs[conversationId];
    return run?.answerId === message.id ? run : null;
  });
  if (live !== null) return <LiveAnswer run={live} />;
  return <EndedAnswer message={message} last={last} />;
});

function LiveAnswer({ run }: { run: Run }): ReactNode {
  return (
    <article className={classes.answer} data-testid="answer" data-state="streaming" aria-busy="true">
      {run.text !== '' && <SafeMarkdown text={run.text} growing />}
      {run.phase.kind === 'writing' ? (
        <span className={classes.caret} aria-hidden />
      ) : (
        <Waiting phase={run.phase} machine={run.placement?.leader.name ?? null} />
      )}
    </article>
  );
}

/** What the answer waits for, in words, with a bar where there is a number. */
function Waiting({ phase, machine }: { phase: Exclude<Phase, { kind: 'writing' }>; machine: string | null }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const progress = phase.kind === 'loading' || phase.kind === 'reading' ? phase.progress : undefined;
  const words = ((): string => {
    const name = machine ?? t('chat.aMachine');
    switch (phase.kind) {
      case 'sending':
        return t('chat.phase.sending');
      case 'placed':
        return t('chat.phase.placed', { name });
      case 'queued':
        return phase.position === 1
          ? t('chat.phase.queuedNext', { name })
          : t('chat.phase.queued', { name, count: phase.position, ordinal: true });
      case 'loading':
        return t('chat.phase.loading', { name, model: phase.model });
      case 'reading':
        return t('chat.phase.reading', { name });
      case 'reconnecting':
        return t('chat.phase.reconnecting', { name: phase.name });
      case 'moving':
        return t('chat.phase.moving', { name: phase.lost });
      case 'waiting':
        return t('chat.phase.waiting');
    }
  })();
  return (
    <div className={classes.waiting} data-testid="answer-phase" data-phase={phase.kind}>
      <span className={classes.waitingWords}>
        <span className={classes.pulse} aria-hidden />
        <span>{words}</span>
      </span>
      {progress !== undefined && (
        <>
          <progress className={classes.bar} value={progress} max={1} aria-label={words} />
          <span className={classes.percent}>{format.percent(progress, i18n.language)}</span>
        </>
      )}
    </div>
  );
}

function EndedAnswer({ message, last }: { message: Message; last: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const answer = message.answer;
  const state = answer?.state ?? 'done';
  return (
    <article className={classes.answer} data-testid="answer" data-state={state}>
      {message.content !== '' && <SafeMarkdown text={message.content} growing={false} />}
      {state === 'streaming' && <Waiting phase={{ kind: 'placed' }} machine={answer?.placement?.leader.name ?? null} />}
      {answer?.failure != null && <AnswerFailure failure={answer.failure} partial={message.content !== ''} retry={last} />}
      {state === 'stopped' && message.content === '' && <p className={classes.nothing}>{t('chat.stoppedEarly')}</p>}
      <div className={classes.foot}>
        {answer !== undefined && <AnswerLine answer={answer} />}
        <span className={classes.tools}>
          {message.content !== '' && (
            <CopyButton text={() => message.content} label={t('chat.copyAnswer')} copiedLabel={t('common.copied')} />
          )}
          {last && state !== 'streaming' && answer?.failure == null && (
            <Button
              variant="subtle"
              color="gray"
              size="compact-xs"
              leftSection={<RotateCw size={13} aria-hidden />}
              onClick={() => chat.retry()}
              data-testid="again"
            >
              {t('chat.again')}
            </Button>
          )}
        </span>
      </div>
    </article>
  );
}

function AnswerFailure({ failure, partial, retry }: { failure: FailureShape; partial: boolean; retry: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const words = useFailureWords()(failure.code);
  return (
    <div className={classes.failure}>
      <Notice
        tone="bad"
        title={words.title}
        testId="answer-failure"
        actions={
          retry && (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<RotateCw size={13} aria-hidden />}
              onClick={() => chat.retry()}
              data-testid="retry"
            >
              {t('chat.retry')}
            </Button>
          )
        }
      >
        {words.text} {words.fix}
        {partial && ` ${t('chat.partialKept')}`}
      </Notice>
    </div>
  );
}
