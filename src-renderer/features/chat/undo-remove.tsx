import { Button, Kbd } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { inText, mac, mod, onceThere } from './by-keyboard.ts';
import classes from './conversation-list.module.css';

/** How long a deletion can be taken back from the window, ms; the node keeps it for a day. */
const undoFor = 10_000;

/** The way back from each deletion that is offered now, by the id of its note; the newest is the last one. */
const offers = new Map<string, () => void>();

/** Says what is gone, and offers to bring it back: by its button, and by the keys. */
export function offerUndo(words: { said: string; close: string }, onUndo: () => void): void {
  const takeBack = (): void => {
    notifications.hide(toast);
    onUndo();
  };
  const toast: string = notifications.show({
    autoClose: undoFor,
    closeButtonProps: { 'aria-label': words.close },
    onClose: () => offers.delete(toast),
    message: <UndoRemove said={words.said} onUndo={takeBack} />,
  });
  offers.set(toast, takeBack);
}

/** What takes back the newest deletion that is offered; null: none is. */
export function newestOffer(): (() => void) | null {
  return [...offers.values()].at(-1) ?? null;
}

/**
 * The focus goes to that conversation in the list, as soon as it is there; null: to the button for a new one. It is taken from the composer,
 * which takes it for each conversation that is opened, but not from who has begun to write.
 */
export function focusConversation(id: string | null): void {
  focusSoon(id === null ? '[data-testid=new-chat]' : `[data-conversation="${CSS.escape(id)}"]`);
}

/** To where one types, as with a new chat; a menu that closes gives the focus to its button first. */
export function focusBox(): void {
  focusSoon('[data-testid=composer]');
}

function focusSoon(selector: string): void {
  const writing = (): boolean => inText(document.activeElement) && (document.activeElement as HTMLTextAreaElement).value !== '';
  // the composer has it after the next frame
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      onceThere(selector, (element) => {
        if (!writing()) element.focus();
      }),
    ),
  );
}

/** What the note says, with the way back. */
function UndoRemove({ said, onUndo }: { said: string; onUndo: () => void }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <div className={classes.undo}>
      <span className={classes.undoWords}>{said}</span>
      <Button
        size="compact-sm"
        variant="default"
        rightSection={
          <Kbd size="xs" aria-hidden>
            {mod} Z
          </Kbd>
        }
        aria-keyshortcuts={mac ? 'Meta+Z' : 'Control+Z'}
        data-testid="conversation-undo"
        onClick={onUndo}
      >
        {t('conversations.undo')}
      </Button>
    </div>
  );
}
