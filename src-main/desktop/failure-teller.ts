// Says why the node cannot run: without a node the page only knows that there is none, and would wait for ever.
import { dialog, type BrowserWindow } from 'electron';
import type { FailureShape } from '../../src-shared/failure.ts';
import type { TrayWords } from './tray-menu.ts';

export type FailureTeller = {
  /** Opens a message, once for each cause: the node is tried again all the time, the person is told once. */
  tell(failure: FailureShape): void;
  /** The node lives: the same cause may be told again. */
  clear(): void;
};

/** @param window the window to attach the message to, if it is to be seen now */
export function failureTeller(words: TrayWords, window: () => BrowserWindow | null): FailureTeller {
  const told = new Set<string>();
  return {
    tell({ code }) {
      if (told.has(code)) return;
      told.add(code);
      const message = {
        type: 'error' as const,
        title: 'Axon',
        message: words(`failures:${code}.title`),
        detail: `${words(`failures:${code}.text`)}\n${words(`failures:${code}.fix`)}`,
      };
      const parent = window();
      // a message of a hidden window is hidden too
      void (parent?.isVisible() === true ? dialog.showMessageBox(parent, message) : dialog.showMessageBox(message));
    },
    clear: () => told.clear(),
  };
}
