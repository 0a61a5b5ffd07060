import { Kbd, Modal } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { standingOver } from '../../ui/index.ts';
import { inText, mac, onceThere } from './by-keyboard.ts';
import { chat } from './chat.ts';
import { keys } from './keys.ts';
import { searchBoxId } from './search.tsx';
import { newestOffer } from './undo-remove.tsx';
import classes from './shortcuts.module.css';

/** Where a key leads, besides what it does there. onSheet: the list of keys is wanted, or is not any more */
type Ways = { toChat: () => void; toSearch: () => void; toSettings: () => void; onSheet: (open: boolean) => void };

/**
 * Chords work everywhere, on every page; single keys only outside of text, and never while a dialog or menu is open. toSearch: brings the
 * column into sight where the window is too narrow for it, with the focus in its search box
 */
export function Shortcuts({ sheet, ...ways }: Ways & { sheet: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const latest = useRef(ways);
  useEffect(() => {
    latest.current = ways;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const chord = (mac ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
      // the offer stands above everything, and so do its keys
      const takeBack = chord && event.key === 'z' && !inText(event.target) ? newestOffer() : null;
      if (takeBack !== null) {
        event.preventDefault();
        return takeBack();
      }
      if (standingOver().length > 0) return;
      const act = actionOf(event, chord, latest.current);
      if (act === null) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <Modal
      opened={sheet}
      onClose={() => ways.onSheet(false)}
      title={t('keys.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <dl className={classes.sheet} data-testid="shortcut-sheet">
        {keys.map(([name, ...chords]) => (
          <div key={name}>
            <dt>{t(`keys.${name}`)}</dt>
            <dd>
              {chords.map((chord) => (
                <span key={chord.join('+')} className={classes.chord}>
                  {chord.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

function actionOf(event: KeyboardEvent, chord: boolean, ways: Ways): (() => void) | null {
  const alone = !event.ctrlKey && !event.metaKey && !event.altKey;
  if ((chord && event.key === 'n') || (event.altKey && event.code === 'KeyN' && !event.ctrlKey && !event.metaKey)) {
    return () => {
      ways.toChat();
      void chat.startNew();
    };
  }
  if (chord && event.key === 'k') {
    return () => {
      const box = document.getElementById(searchBoxId);
      if (!(box instanceof HTMLInputElement)) return ways.toSearch();
      box.focus();
      // what is typed now is looked for instead
      box.select();
    };
  }
  if (chord && event.key === 'l') {
    return () => {
      ways.toChat();
      onceThere('[data-testid=model-picker]', (picker) => picker.click());
    };
  }
  if (chord && event.key === ',') return ways.toSettings;
  if (!alone || inText(event.target)) return null;
  if (event.key === '/') {
    return () => {
      ways.toChat();
      onceThere('[data-testid=composer]', (composer) => composer.focus());
    };
  }
  return event.key === '?' ? () => ways.onSheet(true) : null;
}

/** To where questions are written. */
export function focusComposer(): void {
  document.querySelector<HTMLElement>('[data-testid=composer]')?.focus();
}
