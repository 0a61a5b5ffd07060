import { Button } from '@mantine/core';
import { RotateCw } from 'lucide-react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src-shared/conversation.ts';
import { CopyButton } from '../../ui/index.ts';
import { AnswerLine } from './answer-line.tsx';
import { chat, useChat } from './chat.ts';
import { SafeMarkdown } from './markdown/markdown.tsx';
import { Progress, Waiting } from './phase.tsx';
import type { Run } from './run.ts';
import { Unfinished } from './unfinished.tsx';
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
      <Progress run={run} />
    </article>
  );
}

function EndedAnswer({ message, last }: { message: Message; last: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const { answer, content } = message;
  const state = answer?.state ?? 'done';
  return (
    <article className={classes.answer} data-testid="answer" data-state={state}>
      {content !== '' && <SafeMarkdown text={content} growing={false} />}
      {state === 'streaming' && (
        <Waiting phase={{ kind: 'placed' }} machine={answer?.placement?.leader.name ?? null} wrote={content !== ''} />
      )}
      <Unfinished message={message} last={last} />
      <div className={classes.foot}>
        {answer !== undefined && <AnswerLine answer={answer} length={content.length} />}
        <span className={classes.tools}>
          {content !== '' && <CopyButton text={() => content} label={t('chat.copyAnswer')} copiedLabel={t('common.copied')} />}
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
