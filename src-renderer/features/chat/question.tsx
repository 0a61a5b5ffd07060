import { ActionIcon } from '@mantine/core';
import { Pencil } from 'lucide-react';
import { memo, useContext, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src-shared/conversation.ts';
import { CopyButton, takeFocus } from '../../ui/index.ts';
import { MessageFiles } from './attach/message-files.tsx';
import { chat, useAnswering, useChat } from './chat.ts';
import { MessageEditor } from './message-editor.tsx';
import { useHeldBack } from './not-allowed.ts';
import { Pager } from './pager.tsx';
import { focusComposer } from './shortcuts.tsx';
import { ReadingOnly } from './slots.ts';
import { editOf } from './state.ts';
import classes from './question.module.css';

/** What was asked; it can be copied, and asked in other words. */
export const AskedQuestion = memo(function AskedQuestion({ message }: { message: Message }): ReactNode {
  const { t } = useTranslation('window');
  const edited = useChat((state) => editOf(state, message.id) !== null);
  /** What was done here last: the editor takes the focus when it comes, the pencil when it comes back. */
  const [touched, setTouched] = useState<'opened' | 'left' | null>(null);
  const running = useAnswering();
  const reading = useContext(ReadingOnly) !== null;
  const heldBack = useHeldBack();
  const send = (text: string): void => {
    setTouched(null);
    chat.writeEdit(message.id, null);
    chat.edit(message.id, text);
    focusComposer();
  };
  if (edited && !running && !reading) {
    return (
      <MessageEditor
        messageId={message.id}
        text={message.content}
        label={t('chat.edit')}
        takesFocus={touched === 'opened'}
        send={{ label: t('chat.editSend'), testId: 'edit-send', disabled: heldBack, take: send }}
        {...(heldBack ? { blocked: t('chat.blockedNotAllowed') } : {})}
        onClose={() => {
          setTouched('left');
          chat.writeEdit(message.id, null);
        }}
      />
    );
  }
  return (
    <div className={classes.frame} data-testid="question-frame">
      {message.attachments !== undefined && <MessageFiles attachments={message.attachments} />}
      <div className={classes.question} data-testid="question" dir="auto">
        {message.content}
      </div>
      <div className={classes.foot}>
        <span className={classes.tools}>
          <CopyButton text={() => message.content} label={t('chat.copyQuestion')} copiedLabel={t('common.copied')} />
          {!reading && (
            <ActionIcon
              ref={touched === 'left' ? takeFocus : undefined}
              variant="subtle"
              color="gray"
              size="sm"
              disabled={running}
              onClick={() => {
                setTouched('opened');
                chat.writeEdit(message.id, message.content);
              }}
              aria-label={t('chat.edit')}
              title={t('chat.edit')}
              data-testid="edit-question"
            >
              <Pencil size={14} aria-hidden />
            </ActionIcon>
          )}
        </span>
        <Pager message={message} />
      </div>
    </div>
  );
});
