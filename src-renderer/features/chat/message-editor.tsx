import { Button } from '@mantine/core';
import { useLayoutEffect, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { laidOut, useBoxBound } from './box-bound.ts';
import { chat, useChat } from './chat.ts';
import { editOf } from './state.ts';
import classes from './message-editor.module.css';
import prose from './prose-box.module.css';

type Way = { label: string; testId: string; disabled?: boolean; take: (text: string) => void };

/**
 * A message in other words. `send` is the main way out, by Enter, or by Ctrl-Enter where lines are written (`lines`), `other` another one;
 * both with what stands there, and leave without a word when that is what stood there before. What is written is kept by the chat, so that it is
 * here again after a look elsewhere. takesFocus: the person has just asked for it. blocked: why `send` has to wait
 */
export function MessageEditor({
  messageId,
  text: before,
  label,
  lines = false,
  takesFocus,
  send,
  blocked,
  other,
  onClose,
}: {
  messageId: string;
  text: string;
  label: string;
  lines?: boolean;
  takesFocus: boolean;
  send: Way;
  blocked?: string;
  other?: Way;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation('window');
  const text = useChat((state) => editOf(state, messageId) ?? before);
  const box = useRef<HTMLTextAreaElement>(null);
  useBoxBound(box);
  useLayoutEffect(() => {
    if (takesFocus) focusEnd(box.current);
  }, [takesFocus]);
  const go = (way: Way): void => {
    if (text.trim() === '' || way.disabled === true) return;
    if (text === before || (!lines && text.trim() === before)) onClose();
    else way.take(text);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === 'Escape') {
      // It belongs to the editor alone: the answer of another conversation goes on.
      event.preventDefault();
      event.stopPropagation();
      onClose();
    } else if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing && (!lines || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      go(send);
    }
  };
  const button = (way: Way, variant: 'filled' | 'default'): ReactNode => (
    <Button
      size="compact-sm"
      variant={variant}
      onClick={() => go(way)}
      disabled={text.trim() === '' || way.disabled === true}
      data-testid={way.testId}
    >
      {way.label}
    </Button>
  );
  return (
    <div className={`${prose.frame} ${classes.editor}`}>
      <textarea
        ref={box}
        className={prose.text}
        value={text}
        dir="auto"
        {...laidOut(text)}
        aria-label={label}
        onChange={(event) => chat.writeEdit(messageId, event.currentTarget.value)}
        onKeyDown={onKeyDown}
        data-testid="edit-box"
      />
      {blocked !== undefined && (
        <p className={classes.blocked} role="status" data-testid="edit-blocked">
          {blocked}
        </p>
      )}
      <div className={classes.actions}>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        {other !== undefined && button(other, 'default')}
        {button(send, 'filled')}
      </div>
    </div>
  );
}

const focusEnd = (box: HTMLTextAreaElement | null): void => {
  box?.focus();
  box?.setSelectionRange(box.value.length, box.value.length);
};
