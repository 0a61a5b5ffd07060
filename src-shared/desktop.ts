// The contract between the window and the Electron main process: only what a web page cannot do by itself.
// The web window has its own implementation of the same calls where that makes sense. No call returns a secret.
import { oc } from '@orpc/contract';
import { z } from 'zod';

export const desktop = {
  /** Opens a save dialog and writes swarm.key there with mode 0600. false: the person cancelled. */
  saveKey: oc.output(z.boolean()),
  /** Puts the text of swarm.key on the clipboard, and clears it after 60 s if it is still there. */
  copyKey: oc,
  /** http, https and mailto only; anything else is refused. */
  openLink: oc.input(z.object({ url: z.string().max(2000) })),
};
export type Desktop = typeof desktop;
