import { ActionIcon, Button } from '@mantine/core';
import { Pencil } from 'lucide-react';
import { memo, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src-shared/conversation.ts';
import { CopyButton, takeFocus } from '../../ui/index.ts';
import { MessageFiles } from './attach/message-files.tsx';
import { chat, useAnswering } from './chat.ts';
import { Pager } from './pager.tsx';
import { focusComposer } from './shortcuts.tsx';
import classes from './question.module.css';

/** What was asked; it can be copied, and asked in other words. */
export const AskedQuestion = memo(function AskedQuestion({ message }: { message: Message }): ReactNode {
  const { t } = useTranslation('window');
  /** left: the pencil comes back and takes the focus */
  const [editing, setEditing] = useState<'yes' | 'left' | null>(null);
  const running = useAnswering();
  const send = (text: string): void => {
    setEditing(null);
    chat.edit(message.id, text);
    focusComposer();
  };
  if (editing === 'yes' && !running) return <Editor message={message} onSend={send} onClose={() => setEditing('left')} />;
  return (
    <div className={classes.frame} data-testid="question-frame">
      {message.attachments !== undefined && <MessageFiles attachments={message.attachments} />}
      <div className={classes.question} data-testid="question" dir="auto">
        {message.content}
      </div>
      <div className={classes.foot}>
        <span className={classes.tools}>
          <CopyButton text={() => message.content} label={t('chat.copyQuestion')} copiedLabel={t('common.copied')} />
          <ActionIcon
            ref={editing === 'left' ? takeFocus : undefined}
            variant="subtle"
            color="gray"
            size="sm"
            disabled={running}
            onClick={() => setEditing('yes')}
            aria-label={t('chat.edit')}
            title={t('chat.edit')}
            data-testid="edit-question"
          >
            <Pencil size={14} aria-hidden />
          </ActionIcon>
        </span>
        <Pager message={message} />
      </div>
    </div>
  );
});

function Editor({ message, onSend, onClose }: { message: Message; onSend: (text: string) => void; onClose: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const [text, setText] = useState(message.content);
  const send = (): void => {
    if (text.trim() !== '' && text.trim() !== message.content) onSend(text);
    else onClose();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === 'Escape') {
      // It belongs to the editor alone: the answer of another conversation goes on.
      event.preventDefault();
      event.stopPropagation();
      onClose();
    } else if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };
  return (
    <div className={classes.editor}>
      <textarea
        ref={focusEnd}
        className={classes.box}
        value={text}
        dir="auto"
        aria-label={t('chat.edit')}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        data-testid="edit-box"
      />
      <div className={classes.actions}>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button size="compact-sm" onClick={send} disabled={text.trim() === ''} data-testid="edit-send">
          {t('chat.editSend')}
        </Button>
      </div>
    </div>
  );
}

const focusEnd = (box: HTMLTextAreaElement | null): void => {
  box?.focus();
  box?.setSelectionRange(box.value.length, box.value.length);
};
