/**
 * A ref for a button that takes the place of one that was just pressed, together with what it opens: what is made for a thousand rows is
 * made when it is wanted, and the focus stays where it was.
 */
export const takeFocus = (button: HTMLButtonElement | null): void => button?.focus({ preventScroll: true });
