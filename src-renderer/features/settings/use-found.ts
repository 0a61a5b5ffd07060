import { useLayoutEffect, useState } from 'react';

/** Where a section says something besides its text. `data-values`: of a list that is closed. */
const attributes = ['aria-label', 'placeholder', 'title', 'data-values'];

/**
 * The names (`data-section`) of the sections within the frame that say every word which is sought, in whatever they show: labels, hints,
 * values. Nobody lists those words, so that no setting is forgotten. Besides there are other words for what is in it (`data-also`), which count
 * from their beginning: who seeks the port does not want to export. null: nothing is sought, so all of them are. What was found stays found
 * until something else is sought: a button that changes its words must not take its section away.
 */
export function useFound(frame: HTMLElement | null, sought: string): ReadonlySet<string> | null {
  const [found, setFound] = useState<ReadonlySet<string> | null>(null);
  useLayoutEffect(() => {
    const words = plain(sought).split(/\s+/).filter(Boolean);
    if (frame === null || words.length === 0) return setFound(null);
    const known = new Set<string>();
    const look = (): void => {
      const before = known.size;
      for (const section of frame.querySelectorAll<HTMLElement>('[data-section]')) {
        const text = plain(said(section));
        const also = beginnings(plain(section.dataset['also'] ?? ''));
        if (words.every((word) => text.includes(word) || also.includes(` ${word}`))) known.add(section.dataset['section'] ?? '');
      }
      if (known.size > before) setFound(new Set(known));
    };
    setFound(new Set());
    look();
    // what is read from the disk or asked of a server comes later
    const watch = new MutationObserver(look);
    watch.observe(frame, { subtree: true, childList: true, characterData: true, attributeFilter: [...attributes, 'data-also'] });
    return () => watch.disconnect();
  }, [frame, sought]);
  return found;
}

/** Everything that it says, with a blank between what stands in different places. */
function said(section: HTMLElement): string {
  const texts: string[] = [];
  const walk = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) texts.push(node.nodeValue ?? '');
  for (const element of section.querySelectorAll('*')) {
    for (const name of attributes) texts.push(element.getAttribute(name) ?? '');
  }
  return texts.join(' ');
}

/** Each word after a blank, and each part of a compound one too. */
const beginnings = (text: string): string => ` ${text} ${text.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')}`;

/** Accents and case do not count, and ß is as good as ss. */
const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss');
