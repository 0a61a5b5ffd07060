import { CloseButton, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SearchHit } from '../../../src-shared/conversation.ts';
import { useNode } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import classes from './search.module.css';

/** By which a shortcut finds the box. */
export const searchBoxId = 'axon-search';

/** Hits of what is typed; null: nothing is looked for, or the first ones are under way. A search begins when the keys rest. */
export function useSearch(text: string): { hits: readonly SearchHit[] | null; failed: boolean } {
  const node = useNode();
  const [found, setFound] = useState<{ text: string; hits: readonly SearchHit[] | null; failed: boolean } | null>(null);
  const wanted = text.trim();
  useEffect(() => {
    if (wanted === '') return undefined;
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
  if (wanted === '' || found === null) return { hits: null, failed: false };
  // What was found for the letters before stays until there is more.
  return found;
}

/** seeking: a column that slides in gives it the focus */
export function SearchBox({
  text,
  seeking,
  onChange,
  onFirst,
}: {
  text: string;
  seeking: boolean;
  onChange: (text: string) => void;
  onFirst: () => void;
}): ReactNode {
  const { t } = useTranslation('window');
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      event.stopPropagation();
      onChange('');
    } else if (event.key === 'Enter') onFirst();
  };
  return (
    <TextInput
      id={searchBoxId}
      data-autofocus={seeking || undefined}
      size="xs"
      type="search"
      className={classes.box}
      value={text}
      maxLength={200}
      placeholder={t('conversations.search')}
      aria-label={t('conversations.search')}
      leftSection={<Search size={14} aria-hidden />}
      rightSection={text === '' ? null : <CloseButton size="xs" aria-label={t('conversations.searchClear')} onClick={() => onChange('')} />}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      data-testid="search"
    />
  );
}

/** What was found, with the words that were looked for marked. */
export function Hits({ hits, onOpen }: { hits: readonly SearchHit[]; onOpen: (hit: SearchHit) => void }): ReactNode {
  const { t, i18n } = useTranslation('window');
  return (
    <>
      <p className="axon-unseen" role="status">
        {t('conversations.hits', { count: hits.length })}
      </p>
      {hits.length === 0 && <p className={classes.none}>{t('conversations.noHits')}</p>}
      <ul className={classes.hits}>
        {hits.map((hit) => (
          <li key={`${hit.id} ${hit.messageId ?? ''}`}>
            <button type="button" className={classes.hit} onClick={() => onOpen(hit)} data-testid="search-hit">
              <span className={classes.head}>
                <span className={classes.title}>{hit.title === '' ? t('conversations.untitled') : hit.title}</span>
                <span className={classes.when}>{format.ago(hit.at, Date.now(), i18n.language)}</span>
              </span>
              {hit.messageId !== null && (
                <span className={classes.snippet} dir="auto">
                  {hit.snippet.map((part, at) =>
                    part.hit ? (
                      // oxlint-disable-next-line react/no-array-index-key -- drawn anew as a whole
                      <mark key={at}>{part.text}</mark>
                    ) : (
                      part.text
                    ),
                  )}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
