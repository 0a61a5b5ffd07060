import { Kbd, Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chat } from './chat.ts';
import { searchBoxId } from './search.tsx';
import { somethingOnTop } from './on-top.ts';
import classes from './shortcuts.module.css';

const mac = navigator.platform.startsWith('Mac');
const mod = mac ? '⌘' : 'Ctrl';

/** In the order of the sheet. Ctrl+N is the browser's own where the window is a tab; Alt+N is free everywhere. */
const keys = [
  ['new', [mod, 'N'], ['Alt', 'N']],
  ['search', [mod, 'K']],
  ['model', [mod, 'L']],
  ['focus', ['/']],
  ['stop', ['Esc']],
  ['editLast', ['↑']],
  ['zoom', [mod, '+'], [mod, '−'], [mod, '0']],
  ['sheet', ['?']],
] as const;

const inText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable=true]') !== null;

/** Chords work everywhere; single keys only outside of text, and never while a dialog or menu is open. */
export function Shortcuts(): ReactNode {
  const { t } = useTranslation('window');
  const [sheet, setSheet] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || somethingOnTop()) return;
      const chord = (mac ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
      const act = actionOf(event, chord, () => setSheet(true));
      if (act === null) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <Modal opened={sheet} onClose={() => setSheet(false)} title={t('keys.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
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

function actionOf(event: KeyboardEvent, chord: boolean, openSheet: () => void): (() => void) | null {
  const alone = !event.ctrlKey && !event.metaKey && !event.altKey;
  if ((chord && event.key === 'n') || (event.altKey && event.code === 'KeyN' && !event.ctrlKey && !event.metaKey))
    return () => void chat.startNew();
  if (chord && event.key === 'k') return () => document.getElementById(searchBoxId)?.focus();
  if (chord && event.key === 'l') return () => document.querySelector<HTMLElement>('[data-testid=model-picker]')?.click();
  if (!alone || inText(event.target)) return null;
  if (event.key === '/') return focusComposer;
  return event.key === '?' ? openSheet : null;
}

/** To where questions are written. */
export function focusComposer(): void {
  document.querySelector<HTMLElement>('[data-testid=composer]')?.focus();
}
