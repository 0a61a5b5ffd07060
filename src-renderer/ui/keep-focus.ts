const control = 'a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex="-1"])';
const usable = (element: HTMLElement): boolean => element.isConnected && !element.matches(':disabled') && element.checkVisibility();

/**
 * For what stands over the page, where keys are heard only from within: when the control that has the focus goes away or is switched off, the
 * focus goes to the first one that is left beside it. Where none is left, it goes to the nearest place that takes it (tabindex -1), and from
 * there back as soon as the control can be used again, as a button can after its work is done. Returns how to end it.
 */
export function keepFocus(frame: HTMLElement): () => void {
  let last: HTMLElement | null = null;
  /** What `last` stands in, from the inside out: it is asked when it is no longer there. */
  let around: HTMLElement[] = [];
  let stand: HTMLElement | null = null;
  const onFocus = ({ target }: FocusEvent): void => {
    if (target === stand) return;
    stand = null;
    last = target instanceof HTMLElement && target !== frame && frame.contains(target) ? target : null;
    around = [];
    for (let outer = last?.parentElement ?? null; outer !== null && frame.contains(outer); outer = outer.parentElement) around.push(outer);
  };
  const look = (): void => {
    const { activeElement } = document;
    if (last === null) return;
    if (usable(last)) {
      if (stand !== null && activeElement === stand) last.focus({ preventScroll: true });
      return;
    }
    // who went on to something else keeps it
    if (activeElement !== document.body && activeElement !== last) return;
    for (const outer of around) {
      if (!usable(outer)) continue;
      const place = outer.hasAttribute('tabindex');
      const next = place ? outer : [...outer.querySelectorAll<HTMLElement>(control)].find(usable);
      if (next === undefined) continue;
      // what stands in for it is not what the person wanted; another control is from now on
      if (place) stand = next;
      next.focus({ preventScroll: true });
      return;
    }
  };
  const watch = new MutationObserver(look);
  watch.observe(frame, { subtree: true, childList: true, attributeFilter: ['disabled'] });
  document.addEventListener('focusin', onFocus);
  return () => {
    watch.disconnect();
    document.removeEventListener('focusin', onFocus);
  };
}
