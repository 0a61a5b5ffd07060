import { useEffect, useMemo, useRef, useState } from 'react';
import type { FocusEvent, KeyboardEvent } from 'react';
import type { SearchHit } from '../../../src-shared/conversation.ts';
import { commandsFor } from './commands.ts';
import type { Command } from './commands.ts';
import { searchBoxId, useSearch } from './search.tsx';
import type { BoxProps } from './search.tsx';

/** How far Page Up and Page Down go. */
const page = 8;

export const hitId = ({ id, messageId }: SearchHit): string => `axon-hit-${id}-${messageId ?? ''}`;
export const commandId = ({ id }: Command): string => `axon-command-${id}`;

/** shown: for good, over the list for as long as the box has the focus (while there is no answer to the search), or not at all. */
type Finding = {
  box: BoxProps;
  shown: 'lasting' | 'over' | null;
  hits: readonly SearchHit[] | null;
  commands: readonly Command[];
  failed: boolean;
  run: (command: Command) => void;
};

/**
 * Conversations and commands for what is typed, as one list: walked by arrows, Enter takes the first one or the one that was walked to. An
 * Enter that comes before the search has answered waits for it; another letter, Esc, an arrow, and to leave the box take it back.
 */
export function useFinding(all: readonly Command[], onHit: (hit: SearchHit) => void): Finding {
  const [text, setText] = useState('');
  const [inBox, setInBox] = useState(false);
  const [walked, setWalked] = useState<string | null>(null);
  const early = useRef(false);
  const { hits, failed, settled } = useSearch(text);
  const commands = useMemo(() => commandsFor(text, all), [text, all]);
  const { comesFrom, goesAway, giveBack } = useGivenFocus();

  const run = (command: Command): void => {
    leave();
    command.run();
  };
  const shown = hits !== null || failed ? 'lasting' : inBox && commands.length > 0 ? 'over' : null;
  const rows = [
    ...(hits ?? []).map((hit) => ({ id: hitId(hit), take: () => onHit(hit) })),
    ...(shown === null ? [] : commands.map((command) => ({ id: commandId(command), take: () => run(command) }))),
  ];
  const chosen = rows.find(({ id }) => id === walked);
  const under = chosen ?? rows[0];
  useEffect(() => {
    if (!early.current || !settled) return;
    early.current = false;
    rows[0]?.take();
  });
  useEffect(() => {
    if (walked !== null) document.getElementById(walked)?.scrollIntoView({ block: 'nearest' });
  }, [walked]);

  const onText = (next: string): void => {
    early.current = false;
    setText(next);
    setWalked(null);
  };
  const leave = (): void => {
    onText('');
    giveBack();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const { key, nativeEvent, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (nativeEvent.isComposing || ctrlKey || metaKey || altKey || shiftKey) return;
    if (key === 'Escape') {
      event.preventDefault();
      // nor is it the key that stops an answer
      event.stopPropagation();
      return leave();
    }
    if (key === 'Enter') {
      event.preventDefault();
      if (event.repeat) return;
      if (chosen === undefined && !settled) early.current = true;
      else under?.take();
      return;
    }
    // Home and End are the text's until somebody walks
    if ((key === 'Home' || key === 'End') && text !== '' && walked === null) return;
    const next = rows[stepped(key, under === undefined ? -1 : rows.indexOf(under), rows.length)];
    if (next === undefined) return;
    event.preventDefault();
    early.current = false;
    setWalked(next.id);
  };
  return {
    box: {
      text,
      active: inBox ? (under?.id ?? null) : null,
      onText,
      onKeyDown,
      onFocus(event) {
        setInBox(true);
        comesFrom(event);
      },
      onBlur(event) {
        early.current = false;
        setInBox(false);
        goesAway(event);
      },
      onLeave: leave,
    },
    shown,
    hits,
    commands,
    failed,
    run,
  };
}

/** Where a key leads in a list of so many; -1: nowhere. By arrows it goes round. */
function stepped(key: string, at: number, count: number): number {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowUp':
      return (at - 1 + count) % count;
    case 'PageDown':
      return Math.min(at + page, count - 1);
    case 'PageUp':
      return Math.max(at - page, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return -1;
  }
}

/** What had the focus before the box, and gets it when the box is left by Esc or by what was chosen. */
function useGivenFocus(): {
  comesFrom: (event: FocusEvent<HTMLInputElement>) => void;
  goesAway: (event: FocusEvent<HTMLInputElement>) => void;
  giveBack: () => void;
} {
  const before = useRef<HTMLElement | null>(null);
  // another window took it: when this one has it again, the box does
  const kept = useRef(false);
  return {
    comesFrom({ relatedTarget }) {
      if (!kept.current) before.current = relatedTarget instanceof HTMLElement ? relatedTarget : null;
      kept.current = false;
    },
    goesAway({ currentTarget }) {
      kept.current = document.activeElement === currentTarget;
    },
    giveBack() {
      before.current?.focus({ preventScroll: true });
      // where that is gone, nothing has it
      const box = document.getElementById(searchBoxId);
      if (document.activeElement === box) box?.blur();
    },
  };
}
