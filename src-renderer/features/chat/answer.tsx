import { ActionIcon, Button } from '@mantine/core';
import { ClipboardType, GitBranch, Pencil, RotateCw } from 'lucide-react';
import { memo, useContext, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src-shared/conversation.ts';
import { thoughtOf } from '../../../src-shared/thinking.ts';
import { useLinkState, useView } from '../../node/index.ts';
import { CopyButton, takeFocus } from '../../ui/index.ts';
import { AnswerLine } from './answer-line.tsx';
import { chat, useAnswering, useChat } from './chat.ts';
import { SafeMarkdown } from './markdown/markdown.tsx';
import { withoutMarkup } from './markdown/plain-text.ts';
import { MessageEditor } from './message-editor.tsx';
import { useHeldBack } from './not-allowed.ts';
import { Pager } from './pager.tsx';
import { Progress, Waiting } from './phase.tsx';
import { ReadingOnly, RetryMenuSlot } from './slots.ts';
import type { AskedOf } from './slots.ts';
import { editOf } from './state.ts';
import { ThinkingBlock } from './thinking.tsx';
import { canGoOn } from './unfinished.ts';
import { Unfinished } from './unfinished.tsx';
import classes from './answer.module.css';

/** One answer, on its way or ended. `last`: it may be asked for again. */
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
  const edited = useChat((state) => editOf(state, message.id) !== null);
  const [touched, setTouched] = useState<Touched>(null);
  // only an answer that is edited is drawn again when another one begins
  const running = useChat(({ currentId, runs }) => edited && currentId !== null && runs[currentId] !== undefined);
  const { answer } = message;
  const { thinking, text } = thoughtOf(live?.text ?? message.content, live === null ? (answer?.thinking ?? '') : live.thinking.text);
  const time = live === null ? null : live.thought;
  const thinks = text === '' && time !== null && time.ms === null;
  const reading = useContext(ReadingOnly) !== null;
  const edits = edited && live === null && !running && !reading;
  return (
    <article
      className={classes.answer}
      data-testid="answer"
      data-state={live === null ? (answer?.state ?? 'done') : 'streaming'}
      aria-busy={live !== null || undefined}
    >
      <ThinkingBlock
        text={thinking}
        since={thinks ? time.since : null}
        ms={live === null ? (answer?.thoughtMs ?? null) : (time?.ms ?? null)}
      />
      {/* One element for both: an answer that ends is not drawn anew, which would take long for a long one. */}
      {text !== '' && !edits && (
        <div data-testid="answer-text">
          <SafeMarkdown text={text} growing={live !== null} />
        </div>
      )}
      {edits && <AnswerEditor message={message} text={text} touched={touched} setTouched={setTouched} />}
      {edits ? null : live === null ? (
        <Ended message={message} text={text} last={last} touched={touched} setTouched={setTouched} />
      ) : (
        <Progress run={live} quiet={thinks && (live.phase.kind === 'thinking' || live.phase.kind === 'writing')} />
      )}
    </article>
  );
});

/** What was done here last: the editor takes the focus when it comes, the pencil when it comes back. */
type Touched = 'opened' | 'left' | null;
type Edited = { touched: Touched; setTouched: (touched: Touched) => void };

/** The answer in other words, beside this one; a model may go on from just those. */
function AnswerEditor({ message, text, touched, setTouched }: { message: Message; text: string } & Edited): ReactNode {
  const { t } = useTranslation('window');
  const linked = useLinkState().kind === 'connected';
  const able = useView((view) => canGoOn(view, message.answer?.model ?? null));
  const heldBack = useHeldBack();
  const take = (goOn: boolean) => (words: string) => {
    setTouched(null);
    chat.writeEdit(message.id, null);
    chat.revise(message.id, words, goOn);
  };
  return (
    <MessageEditor
      messageId={message.id}
      text={text}
      label={t('chat.editAnswer')}
      lines
      takesFocus={touched === 'opened'}
      send={{ label: t('chat.editContinue'), testId: 'edit-continue', disabled: !linked || !able, take: take(true) }}
      {...(heldBack ? { blocked: t('chat.blockedNotAllowed') } : {})}
      other={{ label: t('chat.editKeep'), testId: 'edit-keep', disabled: !linked, take: take(false) }}
      onClose={() => {
        setTouched('left');
        chat.writeEdit(message.id, null);
      }}
    />
  );
}

/** What stands beneath an answer that nothing is added to here. */
function Ended({ message, text, last, ...touch }: { message: Message; text: string; last: boolean } & Edited): ReactNode {
  const { answer } = message;
  const state = answer?.state ?? 'done';
  return (
    <>
      {state === 'streaming' && <Waiting phase={{ kind: 'placed' }} machine={answer?.placement?.leader.name ?? null} wrote={text !== ''} />}
      <Unfinished message={message} last={last} />
      <div className={classes.foot}>
        {answer !== undefined && <AnswerLine answer={answer} length={message.content.length} />}
        <Pager message={message} />
        {state !== 'streaming' && <Tools message={message} text={text} {...touch} />}
      </div>
    </>
  );
}

/** What can be done with an answer that has ended: in sight for the last one, and for the one that is looked at. */
function Tools({ message, text, touched, setTouched }: { message: Message; text: string } & Edited): ReactNode {
  const { t } = useTranslation('window');
  const retryMenu = useContext(RetryMenuSlot);
  const reading = useContext(ReadingOnly) !== null;
  const fixed = useAnswering() || reading;
  const heldBack = useHeldBack();
  const { answer } = message;
  const questionId = message.parent;
  const again = (picked?: AskedOf): void => chat.retry({ ...(questionId === null ? {} : { questionId }), ...picked });
  return (
    <span className={classes.tools} role="group" aria-label={t('chat.actions')}>
      {text !== '' && <CopyButton text={() => text} label={t('chat.copyAnswer')} copiedLabel={t('common.copied')} testId="copy-answer" />}
      {text !== '' && (
        <CopyButton
          text={() => withoutMarkup(text)}
          label={t('chat.copyPlain')}
          copiedLabel={t('common.copied')}
          icon={<ClipboardType size={14} aria-hidden />}
          testId="copy-plain"
        />
      )}
      {!fixed && text !== '' && (
        <ActionIcon
          ref={touched === 'left' ? takeFocus : undefined}
          variant="subtle"
          color="gray"
          size="sm"
          onClick={() => {
            setTouched('opened');
            chat.writeEdit(message.id, text);
          }}
          aria-label={t('chat.editAnswer')}
          title={t('chat.editAnswer')}
          data-testid="edit-answer"
        >
          <Pencil size={14} aria-hidden />
        </ActionIcon>
      )}
      {!fixed && !heldBack && answer?.failure == null && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          leftSection={<RotateCw size={13} aria-hidden />}
          onClick={() => again()}
          data-testid="again"
        >
          {t('chat.again')}
        </Button>
      )}
      {!fixed && !heldBack && retryMenu({ model: answer?.model ?? null, machine: answer?.placement?.leader.peerId ?? null }, again)}
      {!fixed && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          onClick={() => void chat.fork(message.id)}
          aria-label={t('chat.fork')}
          title={t('chat.fork')}
          data-testid="fork"
        >
          <GitBranch size={14} aria-hidden />
        </ActionIcon>
      )}
    </span>
  );
}
