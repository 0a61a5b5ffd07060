import { CloseButton, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { FocusEvent, KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SearchHit } from '../../../src-shared/conversation.ts';
import { useNode } from '../../node/index.ts';
import classes from './search.module.css';

/** By which a shortcut finds the box. */
export const searchBoxId = 'axon-search';
/** By which the box names what was found. */
export const foundId = 'axon-found';

/**
 * Hits of what is typed; null: nothing is looked for, or the first ones are under way. settled: they are of these very letters, or there is
 * nothing to look for. A search begins when the keys rest.
 */
export function useSearch(text: string): { hits: readonly SearchHit[] | null; failed: boolean; settled: boolean } {
  const node = useNode();
  const [found, setFound] = useState<{ text: string; hits: readonly SearchHit[] | null; failed: boolean } | null>(null);
  const wanted = text.trim();
  useEffect(() => {
    if (wanted === '') return setFound(null);
    let stale = false;
    const timer = setTimeout(() => {
      node()
        .conversations.search({ text: wanted.slice(0, 200), limit: 50 })
        .then(
          (hits) => !stale && setFound({ text: wanted, hits, failed: false }),
          () => !stale && setFound({ text: wanted, hits: null, failed: true }),
        );
    }, 60);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [wanted, node]);
  if (wanted === '') return { hits: null, failed: false, settled: true };
  if (found === null) return { hits: null, failed: false, settled: false };
  // What was found for the letters before stays until there is more.
  return { ...found, settled: found.text === wanted };
}

/** What the box needs. active: the id of the row that Enter takes, null where there is none */
export type BoxProps = {
  text: string;
  active: string | null;
  onText: (text: string) => void;
  onKeyDown: (event: KeyboardEvent<HTMLInputElement>) => void;
  onFocus: (event: FocusEvent<HTMLInputElement>) => void;
  onBlur: (event: FocusEvent<HTMLInputElement>) => void;
  onLeave: () => void;
};

/** seeking: a column that slides in gives it the focus. commands: it finds those too. expanded: there is a list of what was found */
export function SearchBox({
  box,
  seeking,
  commands,
  expanded,
}: {
  box: BoxProps;
  seeking: boolean;
  commands: boolean;
  expanded: boolean;
}): ReactNode {
  const { t } = useTranslation('window');
  const { text, active, onText, onLeave, ...events } = box;
  const label = commands ? t('conversations.searchOrRun') : t('conversations.search');
  return (
    <TextInput
      id={searchBoxId}
      data-autofocus={seeking || undefined}
      size="xs"
      className={classes.box}
      value={text}
      maxLength={200}
      placeholder={label}
      aria-label={label}
      role="combobox"
      inputMode="search"
      autoComplete="off"
      spellCheck={false}
      aria-autocomplete="list"
      aria-haspopup="listbox"
      aria-expanded={expanded}
      aria-controls={expanded ? foundId : undefined}
      aria-activedescendant={expanded ? (active ?? undefined) : undefined}
      leftSection={<Search size={14} aria-hidden />}
      leftSectionWidth={27}
      rightSection={text === '' ? null : <CloseButton size="xs" aria-label={t('conversations.searchClear')} onClick={onLeave} />}
      onChange={(event) => onText(event.currentTarget.value)}
      {...events}
      data-testid="search"
    />
  );
}
