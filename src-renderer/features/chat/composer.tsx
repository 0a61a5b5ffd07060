import { ActionIcon } from '@mantine/core';
import { ArrowUp, Square } from 'lucide-react';
import { useContext, useEffect, useRef, useState } from 'react';
import type { ClipboardEvent, KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AloneNotice, RefusedBefore, useRefusedBefore, useTooLongAlone } from './alone-notice.tsx';
import { AttachButton } from './attach/attach-button.tsx';
import { BlindNotice, DraftFiles, RefusedNotice, useBlindness, useDraftFiles } from './attach/draft-files.tsx';
import { useLongTexts } from './attach/long-text.tsx';
import { fromPaste, isForFile } from './attach/pasting.ts';
import { laidOut, roomIn, useBoxBound } from './box-bound.ts';
import { mac } from './by-keyboard.ts';
import { chat, useChat } from './chat.ts';
import { ContextMeter, ContextNotice, useContextUse } from './context-meter.tsx';
import { PickedGone } from './picked-gone.tsx';
import { SendLater } from './send-later.tsx';
import { ReadingOnly } from './slots.ts';
import { unsaved } from './state.ts';
import { Tune } from './tune.tsx';
import classes from './composer.module.css';
import prose from './prose-box.module.css';

/** Where a question is written. Enter sends, Shift+Enter makes a line; `blocked` says why sending has to wait (the text is kept). */
export function Composer({ blocked, picker }: { blocked: string | null; picker: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const key = useChat((state) => state.currentId ?? unsaved);
  const text = useChat((state) => state.drafts[key] ?? '');
  const running = useChat((state) => state.runs[key] !== undefined);
  const box = useRef<HTMLTextAreaElement>(null);
  // The banner above says why; the words come here once somebody tries.
  const [tried, setTried] = useState(false);
  const asks = useContext(ReadingOnly) === null;
  const told = tried || !asks;
  const files = useDraftFiles();
  const reading = files.some(({ attachment }) => attachment === null);
  const blind = useBlindness();
  const use = useContextUse(text, files);
  const alone = useTooLongAlone(text, files);
  const before = useRefusedBefore();
  // files alone are no question: a model would guess what is wanted of them
  const wordless = files.length > 0 && text.trim() === '' ? t('chat.placeholderFiles', { count: files.length }) : null;
  const long = useLongTexts(files);
  useBoxBound(box, (dropped) => {
    if (!asks || box.current === null || !isForFile(dropped, roomIn(box.current))) return false;
    long.take(dropped);
    return true;
  });
  const sendable = text.trim() !== '' && !running && blocked === null && !reading && blind === null;

  useEffect(() => {
    chat.takeFiles(asks);
    return () => chat.takeFiles(false);
  }, [asks]);

  // The box gets the focus whenever another conversation is opened.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) box.current?.focus({ preventScroll: true });
  }, [key]);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === 'ArrowUp' && text === '' && !event.nativeEvent.isComposing) {
      // The last question is there to be mended, or is being mended.
      const edits = document.querySelectorAll<HTMLElement>(
        '[data-testid=edit-question]:not([data-disabled]), [data-role=user] [data-testid=edit-box]',
      );
      const last = [...edits].at(-1);
      if (last === undefined) return;
      event.preventDefault();
      if (last instanceof HTMLTextAreaElement) last.focus();
      else last.click();
      return;
    }
    // Before anything that was written, what was pasted last is taken back, be it a file by now.
    if (event.key === 'z' && (mac ? event.metaKey : event.ctrlKey) && !event.shiftKey && !event.altKey && long.undo())
      return event.preventDefault();
    // A composing input method uses Enter for itself.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (sendable) chat.send();
    else if (blocked !== null) setTried(true);
  };

  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    if (!asks) return;
    const pasted = fromPaste(event.clipboardData, roomIn(event.currentTarget));
    if (pasted === null) return;
    event.preventDefault();
    if ('text' in pasted) long.take(pasted.text);
    else chat.attach(pasted.files);
  };

  return (
    <div className={classes.frame}>
      {blocked !== null && (
        <p
          className={told ? classes.blocked : 'axon-unseen'}
          id="axon-blocked"
          role={told ? 'status' : undefined}
          data-testid="composer-blocked"
        >
          {blocked}
        </p>
      )}
      {asks && (
        <>
          <SendLater sendable={text.trim() !== '' && !running && !reading} />
          <RefusedNotice />
          {blocked === null && <PickedGone />}
          {blind !== null && blocked === null && <BlindNotice seers={blind} />}
          {alone !== null ? (
            <AloneNotice alone={alone} typed={files.length === 0} />
          ) : before !== null ? (
            <RefusedBefore {...before} />
          ) : (
            use !== null && <ContextNotice use={use} typed={files.length === 0} />
          )}
        </>
      )}
      <div className={`${prose.frame} ${classes.box}`}>
        <DraftFiles files={files} />
        <textarea
          ref={box}
          className={prose.text}
          rows={1}
          value={text}
          dir="auto"
          {...laidOut(text)}
          placeholder={blocked === null ? (wordless ?? t('chat.placeholder')) : t('chat.placeholderBlocked')}
          aria-label={t('chat.placeholder')}
          aria-describedby={blocked === null ? undefined : 'axon-blocked'}
          data-testid="composer"
          onChange={(event) => {
            long.wrote();
            chat.writeDraft(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => void chat.saveDraft()}
        />
        <div className={classes.foot}>
          <div className={classes.picker}>{picker}</div>
          {asks && (
            <>
              {use !== null && <ContextMeter use={use} />}
              <AttachButton />
              <Tune />
              <span className={classes.hint}>{t('chat.keys')}</span>
            </>
          )}
          {running ? (
            <ActionIcon
              size={34}
              radius="md"
              variant="default"
              onClick={() => chat.stop()}
              aria-label={t('chat.stop')}
              title={t('chat.stopHint')}
              data-testid="stop"
            >
              <Square size={13} fill="currentColor" aria-hidden />
            </ActionIcon>
          ) : (
            <ActionIcon
              size={34}
              radius="md"
              disabled={!sendable}
              onClick={() => chat.send()}
              aria-label={t('chat.send')}
              title={blocked === null && wordless !== null ? wordless : t('chat.send')}
              data-testid="send"
            >
              <ArrowUp size={18} aria-hidden />
            </ActionIcon>
          )}
        </div>
      </div>
    </div>
  );
}
