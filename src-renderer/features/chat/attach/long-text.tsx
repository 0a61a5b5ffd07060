import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { tell } from '../../../ui/index.ts';
import { boxCharacters, useTellFull } from '../box-bound.ts';
import { chat } from '../chat.ts';
import { focusComposer } from '../shortcuts.tsx';
import { unsaved } from '../state.ts';
import type { DraftFile } from './draft-file.ts';
import { asFile } from './pasting.ts';

/**
 * Puts the text of a file of the draft into the message instead, after what stands there; where both are more than the box holds, nothing
 * changes and it is said why.
 */
export function useIntoMessage(): (attachmentId: string, text: string) => void {
  const tellFull = useTellFull();
  return (attachmentId, text) => {
    const { currentId, drafts } = chat.store.getState();
    const draft = drafts[currentId ?? unsaved] ?? '';
    const whole = draft === '' ? text : `${draft}\n\n${text}`;
    if (whole.length > boxCharacters) return tellFull();
    chat.writeDraft(whole);
    chat.detach(attachmentId);
    focusComposer();
  };
}

type LongTexts = {
  /** Puts a text to the question as a file; once it is one, that is said, with the way into the message. */
  take: (text: string) => void;
  /** Takes the last one off again; false: there is none, or something was written since. */
  undo: () => boolean;
  /** Something was written. */
  wrote: () => void;
};

/** Texts that are too long for the box. @param files of the draft */
export function useLongTexts(files: readonly DraftFile[]): LongTexts {
  const { t } = useTranslation('window');
  const [last, setLast] = useState<{ id: string; text: string } | null>(null);
  const undoable = useRef<string | null>(null);
  const intoMessage = useIntoMessage();
  const into = useRef(intoMessage);
  useEffect(() => {
    into.current = intoMessage;
  });
  const kept = files.some(({ id, attachment }) => id === last?.id && attachment !== null);
  useEffect(() => {
    if (!kept || last === null) return undefined;
    const put = (): void => {
      hide();
      into.current(last.id, last.text);
    };
    const fits = last.text.length <= boxCharacters;
    const hide: () => void = tell({ text: t('attach.asFile'), ...(fits ? { action: <IntoMessage onPut={put} /> } : {}) });
    // not beyond its file: sent, taken off, or out of sight in another chat
    return hide;
  }, [kept, last, t]);
  return {
    take: (text) => {
      const [id] = chat.attach([asFile(text, t('attach.pastedName'))]);
      undoable.current = id ?? null;
      setLast(id === undefined ? null : { id, text });
    },
    undo: () => {
      const id = undoable.current;
      undoable.current = null;
      if (id === null || !files.some((file) => file.id === id)) return false;
      chat.detach(id);
      return true;
    },
    wrote: () => {
      undoable.current = null;
    },
  };
}

function IntoMessage({ onPut }: { onPut: () => void }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <Button size="compact-sm" variant="default" onClick={onPut} data-testid="long-text-into">
      {t('attach.into')}
    </Button>
  );
}
