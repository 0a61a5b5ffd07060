// The contract between the window and the Electron main process: only what a web page cannot do by itself.
// The web window has its own implementation of the same calls where that makes sense. No call returns a secret.
import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { accelerator, hotkeyState } from './hotkey.ts';
import { updatesState } from './updates.ts';
import { diagnosticReport } from './upkeep.ts';

/** What the tray, or a notification, asks the window to open. save: the app ends, what is typed is to be kept, then `saved` to be called. */
export const desktopWish = z.enum(['new-chat', 'add-device', 'settings', 'trouble', 'save']);
export type DesktopWish = z.infer<typeof desktopWish>;

/** How large the window shows everything: the steps that browsers have between 80 and 200 % (ux.md A1). */
export const zoomSteps = [0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2] as const;
export const zoomFactor = z.literal(zoomSteps);
export type ZoomFactor = z.infer<typeof zoomFactor>;

/** What happens to this person's open questions. */
export const answerNews = z.enum(['leader-lost', 'leader-back', 'answer-ended']);
export type AnswerNews = z.infer<typeof answerNews>;

/**
 * What may become of the file by which swarm.key came. deletable: it holds just the key that this machine has. by-hand: the person has to do
 * it. needed: a node keeps its key in it.
 */
export const keyFileFate = z.enum(['deletable', 'by-hand', 'needed']);
export type KeyFileFate = z.infer<typeof keyFileFate>;

/** emptied: overwritten, and still there. kept: it changed, or cannot be written; nothing was done. */
export const keyFileEnd = z.enum(['deleted', 'emptied', 'kept']);
export type KeyFileEnd = z.infer<typeof keyFileEnd>;

export const desktop = {
  /** Told as a notification where the person wants that, and does not see it in the window anyway. */
  tell: oc.input(z.object({ news: answerNews })),
  /** What the person asked for outside of the window, as it comes; what came before anybody listened comes first. */
  wishes: oc.output(eventIterator(desktopWish)),
  /** After the wish `save`. */
  saved: oc,
  /** Opens a save dialog and writes swarm.key there with mode 0600. false: the person cancelled. */
  saveKey: oc.output(z.boolean()),
  /** Puts the text of swarm.key on the clipboard, and clears it after 60 s if it is still there. */
  copyKey: oc,
  /**
   * After the key of a file was taken over: what may become of the file that the person dropped or chose last. Asked once for each file; the
   * page neither names it nor learns where it lies.
   */
  keyFile: oc.output(keyFileFate),
  /** Overwrites and deletes it, when `keyFile` said deletable last. */
  removeKeyFile: oc.output(keyFileEnd),
  /** As saveKey and copyKey, for an invite that this machine made. */
  saveInvite: oc.input(z.object({ id: z.string().max(100) })).output(z.boolean()),
  copyInvite: oc.input(z.object({ id: z.string().max(100) })),
  /** The invite's QR code as an SVG document, for an <img>: a picture of the secret, not its text. */
  invitePicture: oc.input(z.object({ id: z.string().max(100) })).output(z.string()),
  /** Makes a new recovery code (an older one ends) and writes it where the person says. */
  saveRecovery: oc.output(z.boolean()),
  /** Writes the ledger as CSV where the person says. */
  saveLedger: oc.output(z.boolean()),
  /** Opens a save dialog and writes the files of a report, as they were shown, into one ZIP. false: the person cancelled. */
  saveReport: oc.input(diagnosticReport).output(z.boolean()),
  /** Shows the folder of this home's data. false: only the app can. */
  openFolder: oc.output(z.boolean()),
  /** Whether Axon starts, hidden, when the person signs in. null: only the app can, or this system has no such thing. */
  autostart: oc.output(z.boolean().nullable()),
  setAutostart: oc.input(z.object({ on: z.boolean() })),
  /** Whether a leader's owner is still to be asked about that: nobody was yet, and it is off. */
  askAutostart: oc.output(z.boolean()),
  /** The person does not want it; not asked again. */
  declineAutostart: oc,
  /** The keys that show and hide the window. null: only the app can take keys. */
  hotkey: oc.output(hotkeyState.nullable()),
  /** null: switches it off. Answers with what came of it: keys that another program has are not kept. */
  setHotkey: oc.input(z.object({ keys: accelerator.nullable() })).output(hotkeyState),
  /** How far the app's update is. null: only the app updates itself. */
  updates: oc.output(updatesState.nullable()),
  /** Looks for an update now. */
  checkUpdates: oc,
  /** Quits, puts the update that lies ready in place, and starts it. false: none does, or this machine answers somebody. */
  restartToUpdate: oc.output(z.boolean()),
  /** null: the browser's own zoom does it. It changes by keys too: the page then has another size in its own pixels. */
  zoom: oc.output(zoomFactor.nullable()),
  setZoom: oc.input(z.object({ factor: zoomFactor })),
  /**
   * Deletes the data of this home save what is named, as `axon reset` does, and begins anew: the app ends and comes back. false: only the app
   * can; nothing was done.
   */
  resetData: oc.input(z.object({ keepConversations: z.boolean(), keepModels: z.boolean() })).output(z.boolean()),
  /** Ends the app, after a question while others use this machine: the way out where the desktop shows no tray. */
  quit: oc,
  /** http, https and mailto only; anything else is refused. */
  openLink: oc.input(z.object({ url: z.string().max(2000) })),
};
export type Desktop = typeof desktop;
