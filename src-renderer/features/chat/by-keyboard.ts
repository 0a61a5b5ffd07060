// What the keys of the chat share.

export const mac: boolean = navigator.platform.startsWith('Mac');
/** The key of a chord, as its keyboard calls it. */
export const mod: string = mac ? '⌘' : 'Ctrl';

/** Letters typed there are letters. */
export const inText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable=true]') !== null;

/** A page that was just turned to, or a column that slides in, is drawn some frames later. */
export function onceThere(selector: string, act: (element: HTMLElement) => void, frames = 60): void {
  const found = document.querySelector<HTMLElement>(selector);
  if (found !== null) act(found);
  else if (frames > 0) requestAnimationFrame(() => onceThere(selector, act, frames - 1));
}
