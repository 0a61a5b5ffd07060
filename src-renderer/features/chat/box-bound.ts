// How much text a box for prose holds.
import { useCallback, useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { format, tell } from '../../ui/index.ts';

/** Characters (UTF-16 units) of a box at most. The browser lays all of a text out for each key: some 40 ms for this much, several times that for a million (measured). */
export const boxCharacters = 200_000;

/** From so many characters on a box has one direction for all of its text: that of each line by itself makes a key five times as dear. */
const longBox = 20_000;

/** For the element of a box: how its text is laid out (prose-box.module.css). */
export const laidOut = (text: string): { 'data-long': true | undefined } => ({ 'data-long': text.length >= longBox || undefined });

/** Characters that the box takes in place of what is selected in it. */
export function roomIn({ value, selectionStart, selectionEnd }: HTMLTextAreaElement): number {
  return boxCharacters - value.length + (selectionEnd - selectionStart);
}

/** Says that a text did not go into a box, and what to do with it. */
export function useTellFull(): () => void {
  const { t, i18n } = useTranslation('window');
  return useCallback(() => {
    tell({ title: t('chat.boxFull'), text: t('chat.boxFullText', { most: format.count(boxCharacters, i18n.language) }), failed: true });
  }, [t, i18n]);
}

/**
 * Keeps a box from growing beyond its bound, whatever writes in it: what would is not taken, and it is said why. What stands in it stays.
 * @param dropped a text from elsewhere was dropped on the box; true: it was taken, and the box is to leave it alone
 */
export function useBoxBound(box: RefObject<HTMLTextAreaElement | null>, dropped: (text: string) => boolean = () => false): void {
  const tellFull = useTellFull();
  const latest = useRef(dropped);
  useEffect(() => {
    latest.current = dropped;
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let moving = false;
    const onBefore = (event: InputEvent): void => {
      // text that is moved within the box leaves its old place first
      const moved = moving;
      moving = event.inputType === 'deleteByDrag';
      const text = event.inputType === 'insertLineBreak' ? '\n' : (event.data ?? event.dataTransfer?.getData('text/plain') ?? '');
      if (event.inputType === 'insertFromDrop' && !moved && latest.current(text)) return event.preventDefault();
      if (text === '' || text.length <= roomIn(element)) return;
      event.preventDefault();
      tellFull();
    };
    element.addEventListener('beforeinput', onBefore);
    return () => element.removeEventListener('beforeinput', onBefore);
  }, [box, tellFull]);
}
