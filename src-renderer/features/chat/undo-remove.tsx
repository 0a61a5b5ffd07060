import { Button, Kbd } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { tell } from '../../ui/index.ts';
import { inText, mac, mod, onceThere } from './by-keyboard.ts';

/** The way back from each deletion that is offered now, by what takes its note away; the newest is the last one. */
const offers = new Map<() => void, () => void>();

/** Says what is gone, and offers to bring it back, for ten seconds at least: by its button, and by the keys. The node keeps it for a day. */
export function offerUndo(said: string, onUndo: () => void): void {
  const takeBack = (): void => {
    hide();
    onUndo();
  };
  const hide: () => void = tell({ text: said, action: <UndoRemove onUndo={takeBack} />, onGone: () => offers.delete(hide) });
  offers.set(hide, takeBack);
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

/** The way back. */
function UndoRemove({ onUndo }: { onUndo: () => void }): ReactNode {
  const { t } = useTranslation('window');
  return (
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
  );
}
