/** So long after the last key or click the cursor of a text box blinks on, as GTK's does (gtk-cursor-blink-timeout), ms. */
const blinkMs = 10_000;

/**
 * Lets the cursor of text boxes stand still while nobody types or clicks (tokens.css): each blink is a frame that page and compositor
 * make, and they were nearly all that an idle window took. Chromium before 140 goes on blinking.
 */
export function stillCaret(target: Window): void {
  const root = target.document.documentElement;
  let timer = 0;
  const wake = (): void => {
    root.removeAttribute('data-still');
    target.clearTimeout(timer);
    timer = target.setTimeout(() => root.setAttribute('data-still', ''), blinkMs);
  };
  for (const sign of ['keydown', 'pointerdown', 'focusin']) target.addEventListener(sign, wake, { capture: true, passive: true });
  wake();
}
