// What a screen reader is told by the page: every change within a live region, as its rules make a saying of it.
import type { Page } from 'playwright';

/** A saying: the region's test id or its role, and its words. */
export type Said = { region: string; words: string };

/**
 * Listens to all live regions of the page: [aria-live], role=status, alert and log, output; also to those that come later, and to those
 * that come with words already. A region that is atomic (status, alert, output) says all of its words, others what was added; what is
 * aria-hidden, not drawn, or within aria-live=off says nothing (ARIA 1.2, 6.5.3 and 6.6). Returns how to read what was said so far.
 */
export async function announced(page: Page): Promise<() => Promise<Said[]>> {
  await page.evaluate(() => {
    const said: { region: string; words: string }[] = [];
    const last = new WeakMap<Element, string>();
    const live = '[aria-live], [role=status], [role=alert], [role=log], output';
    const elementOf = (node: Node): Element | null => (node instanceof Element ? node : node.parentElement);
    /** The region that a change belongs to: the nearest, unless it is switched off. */
    const regionOf = (node: Node): Element | null => {
      const region = elementOf(node)?.closest(live) ?? null;
      return region?.getAttribute('aria-live') === 'off' ? null : region;
    };
    const heard = (element: Element): boolean =>
      element.isConnected && element.closest('[aria-hidden=true], [hidden]') === null && element.checkVisibility();
    const wordsOf = (node: Node): string => {
      const element = elementOf(node);
      if (element === null || !heard(element)) return '';
      if (node.nodeType === Node.TEXT_NODE) return node.nodeValue ?? '';
      return [...node.childNodes].map(wordsOf).join(' ');
    };
    const plain = (words: string): string => words.replaceAll(/\s+/g, ' ').trim();
    const say = (region: Element, words: string): void => {
      if (words === '') return;
      said.push({ region: region.getAttribute('data-testid') ?? region.getAttribute('role') ?? region.tagName.toLowerCase(), words });
    };
    const whole = (region: Element): boolean => {
      const atomic = region.getAttribute('aria-atomic');
      return atomic === null ? region.matches('[role=status], [role=alert], output') : atomic === 'true';
    };
    /** All the words of a region, when they are others than before. */
    const sayWhole = (region: Element): void => {
      const words = plain(wordsOf(region));
      if (words !== (last.get(region) ?? '')) say(region, words);
      last.set(region, words);
    };
    for (const region of document.querySelectorAll(live)) last.set(region, plain(wordsOf(region)));
    new MutationObserver((changes) => {
      const changed = new Set<Element>();
      const fresh = new Set<Element>();
      const added: [Element, Node][] = [];
      for (const { type, target, addedNodes } of changes) {
        const region = regionOf(target);
        if (region !== null) changed.add(region);
        for (const node of type === 'characterData' ? [target] : addedNodes) {
          if (region !== null) added.push([region, node]);
          // one that comes with its words
          if (node instanceof Element) {
            for (const inner of [node, ...node.querySelectorAll('*')])
              if (inner.matches(live) && regionOf(inner) === inner) fresh.add(inner);
          }
        }
      }
      for (const [region, node] of added) if (!whole(region)) say(region, plain(wordsOf(node)));
      for (const region of changed) if (whole(region)) sayWhole(region);
      for (const region of fresh) sayWhole(region);
    }).observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ['aria-live', 'role', 'hidden', 'aria-hidden'],
    });
    Object.assign(window, { said });
  });
  return () => page.evaluate(() => (window as unknown as { said: Said[] }).said);
}
