// Before the node ends, the page keeps what is typed in it: the node writes it down.
import type { Wishes } from './wishes.ts';

/** A page that hangs, or is not there, is not waited for longer, ms. */
const patienceMs = 500;

export type LastSave = {
  /** The page did. */
  saved(): void;
  /** Asks the page. Resolves when it did, or was given up. */
  ask(): Promise<void>;
};

export function lastSave(wishes: Pick<Wishes, 'ask'>, after: (ms: number, run: () => void) => void): LastSave {
  let saved = (): void => {};
  return {
    saved: () => saved(),
    async ask() {
      const done = new Promise<void>((resolve) => (saved = resolve));
      after(patienceMs, () => saved());
      wishes.ask('save');
      await done;
    },
  };
}
