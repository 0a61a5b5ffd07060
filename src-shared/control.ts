// The contract between the owner (window, tray, CLI) and its node. Two kinds only: a call, and a stream.
// Calls that change something return nothing; the view shows what became true.
import { eventIterator, oc, type ContractRouterClient } from '@orpc/contract';
import { z } from 'zod';
import { attachmentLimits } from './attachment-limits.ts';
import { carriedAttachment } from './attachment.ts';
import { chatChunk, chatLimits, chatRequest, placementSurvey } from './chat.ts';
import { conversation, conversationPatch, conversationSummary, importPiece, importResult, searchHit } from './conversation.ts';
import { discoveryReport } from './discovery.ts';
import { doctorReport } from './doctor.ts';
import { downloadSource, machineModels, modelsWish, suggestedModel } from './download.ts';
import { failureShape } from './failure.ts';
import { hardwareFacts } from './hardware.ts';
import { foundServer, localEngine, modelRemoval, serverKeyText } from './local-engine.ts';
import { ledgerPage, maxInviteBytes, memberRole, maxNearbyDoors, nearbyDoor, pairingStep, permissions } from './member.ts';
import { memberName } from './name.ts';
import { peerId } from './peer.ts';
import { role } from './role.ts';
import { settingsPatch } from './settings.ts';
import { swarmSnapshot } from './snapshot.ts';
import { diagnosticReport, storageFacts } from './upkeep.ts';
import { swarmView } from './swarm-view.ts';

/** Every failure crosses this door as the error FAILURE with the shape as its data. */
const base = oc.errors({ FAILURE: { data: failureShape } });

/** Largest swarm.key that is looked into; a real one is under 120 bytes. */
export const maxKeyFileBytes = 4096;

export const control = {
  /** First item: the whole view. Then the whole view again after each change, at most 10 a second. */
  view: base.output(eventIterator(swarmView)),
  role: { set: base.input(z.object({ role })) },
  /**
   * This machine answers nobody but its owner for so long; null: it answers again. What others are being answered goes on for a minute,
   * or with `atOnce` ends now, so that it moves to another machine.
   */
  pause: base.input(z.object({ minutes: z.number().int().min(1).max(44_640).nullable(), atOnce: z.boolean().default(false) })),
  key: {
    /** What the key in such a file is called, before it is taken over. Changes nothing; fails with a key-* code as import does. */
    preview: base
      .input(z.object({ content: z.base64().max(maxKeyFileBytes * 2), size: z.number().int().nonnegative() }))
      .output(z.object({ fingerprint: z.string() })),
    /** Makes a new swarm.key. Fails with key-exists when there is one. */
    create: base,
    /**
     * Takes the bytes of a dropped swarm.key. `size` is the file's size; only the first maxKeyFileBytes are sent.
     * Fails with key-exists when another key is there and `replace` is not set, with a key-* code when the file is no key.
     */
    import: base.input(
      z.object({ content: z.base64().max(maxKeyFileBytes * 2), size: z.number().int().nonnegative(), replace: z.boolean().default(false) }),
    ),
    /** Leaves the swarm: forgets the key (the file is renamed, not destroyed). */
    forget: base,
  },
  peers: {
    /** Remembers and dials a multiaddr or host:port typed by hand. */
    add: base.input(z.object({ address: z.string().trim().min(1).max(300) })),
    forget: base.input(z.object({ peerId: z.string() })),
  },
  /** The roster. All but leave fail with not-admin unless this device is one; all show their effect in the view. */
  members: {
    /** Makes this device the first admin of a key that nobody here has a roster for. Fails with key-exists when it knows one. */
    found: base,
    /** Lets an applicant in. The words are those that the person compared: other ones fail with not-found. */
    allow: base.input(z.object({ peerId, words: z.string().max(100) })),
    refuse: base.input(z.object({ peerId })),
    /** Machines of more than one swarm have this key: the one to join is that of this admin, whom this device asked. Fails with not-found. */
    choose: base.input(z.object({ peerId })),
    /** Out, everywhere, for good; then a new swarm key. Fails with last-admin for the only admin. */
    revoke: base.input(z.object({ peerId })),
    rename: base.input(z.object({ peerId, name: memberName })),
    /** Fails with last-admin when nobody would be left. */
    setRole: base.input(z.object({ peerId, role: memberRole })),
    setPermissions: base.input(z.object({ peerId, permissions })),
    /** This device takes itself off the roster and forgets key and roster. Fails with last-admin for the only admin of others. */
    leave: base,
    /** The only admin is lost: the words of the recovery code make this device one. Fails with recovery-wrong. */
    recover: base.input(z.object({ code: z.string().max(300) })),
  },
  invites: {
    /** Its text is a secret and comes by another way (see secretKind). `minutes`: until it expires on this machine's clock. */
    create: base
      .input(z.object({ minutes: z.number().int().min(1).max(10_080).default(15), permissions: permissions.optional() }))
      .output(z.object({ id: z.string() })),
    cancel: base.input(z.object({ id: z.string().max(100) })),
    /** The text of an invite, or of its file. Joins; replaces another key only with `replace`. Fails with invite-bad, key-exists. */
    accept: base.input(z.object({ text: z.string().max(maxInviteBytes), replace: z.boolean().default(false) })),
  },
  pairing: {
    /** Machines without the key may knock for as long as this stream is read (and at most 120 s): `true` once when it is open; see view.membership.pairing. */
    hold: base.output(eventIterator(z.literal(true))),
    /**
     * This machine has no key: others nearby that add a device right now, the whole list again whenever it changes. It is looked for as long
     * as this stream is read. Fails with key-exists.
     */
    nearby: base.output(eventIterator(z.array(nearbyDoor).max(maxNearbyDoors))),
    /** This machine has no key: joins by the code on another screen. `address`: host:port, where mDNS finds nothing. */
    join: base.input(z.object({ code: z.string().max(20), address: z.string().max(300).optional() })).output(eventIterator(pairingStep)),
  },
  /** Who used this machine. Newest first; `before`: entries with a lower number. */
  ledger: base
    .input(z.object({ before: z.number().int().positive().optional(), limit: z.number().int().min(1).max(1000).default(100) }))
    .output(ledgerPage),
  /**
   * A question without a conversation (the CLI). `peer`: ask only this peer id, or the one at this multiaddr.
   * The stream ends after `done`; aborting it is Stop.
   */
  ask: base.input(z.object({ request: chatRequest, peer: z.string().max(300).optional() })).output(eventIterator(chatChunk)),
  /**
   * Who would be asked now, and why; nothing is sent. `peer`: only this one, by peer id, by a multiaddr that ends with it, or by its name.
   * Fails with no-key, and with not-found for a peer that nobody here knows.
   */
  place: base.input(z.object({ request: chatRequest, peer: z.string().max(300).optional() })).output(placementSurvey),
  conversations: {
    /**
     * Ids of conversations that changed, whoever changed them: what the list or an open one shows, not drafts, nor an answer while it grows. An
     * empty list stands for any of them, and is the first item. At most 10 a second.
     */
    news: base.output(eventIterator(z.array(z.uuid()))),
    list: base.output(z.array(conversationSummary)),
    get: base.input(z.object({ id: z.uuid() })).output(conversation),
    /** The id is made by the caller. */
    create: base.input(z.object({ id: z.uuid(), title: z.string().max(200).default('') })),
    update: base.input(conversationPatch),
    /** Out of sight at once, and gone for good a day later; until then `restore` brings it back. Fails with not-found. */
    remove: base.input(z.object({ id: z.uuid() })),
    restore: base.input(z.object({ id: z.uuid() })),
    /**
     * Asks the model of its first answer for a title, while the person gave it none and wants titles (settings.titles); a question that is sent
     * meanwhile ends that. Answers with the title in force. Never fails because no model could write one.
     */
    title: base.input(z.object({ id: z.uuid() })).output(z.object({ title: z.string() })),
    /** Puts a file to the draft (its id by the caller), where it stays until it is sent or taken off. Fails with bad-request, too-many-images. */
    attach: base.input(z.object({ id: z.uuid(), attachment: carriedAttachment })),
    /** Takes a file off the draft. */
    detach: base.input(z.object({ id: z.uuid(), attachmentId: z.uuid() })),
    /** The content of a file of a message or of the draft: its text, or a picture in base64. Fails with not-found. */
    attached: base.input(z.object({ id: z.uuid(), attachmentId: z.uuid() })).output(z.object({ data: z.string() })),
    /** Another version of a message: the path through it becomes the active one, down to what was written last below it. Fails with not-found. */
    choose: base.input(z.object({ id: z.uuid(), messageId: z.uuid() })),
    /**
     * Another version (`newId`, by the caller) of an answer, in the person's words, which ends the active path; the old one keeps its branch.
     * It stands as an answer that was stopped, by the model of the old one: `continue` goes on from just that text. Fails with not-found, and
     * with bad-request for what is no answer, or is still being written.
     */
    revise: base.input(
      z.object({
        id: z.uuid(),
        messageId: z.uuid(),
        newId: z.uuid(),
        content: z
          .string()
          .max(chatLimits.textBytes)
          .refine((text) => text.trim() !== ''),
      }),
    ),
    /** A new conversation (its id by the caller) with copies of the messages up to that one, and the same prompt, model and folder. */
    fork: base.input(z.object({ id: z.uuid(), messageId: z.uuid(), newId: z.uuid() })),
    /**
     * A new conversation (its id by the caller) that begins with a summary of that one as its system prompt, and is told and sampled as it
     * is. The model of the next question writes it; `peer` as in ask, contextTokens: what it reads at once, a long conversation in pieces.
     * Fails as a question does, and when the model writes nothing; then nothing is made.
     */
    summarise: base.input(
      z.object({
        id: z.uuid(),
        newId: z.uuid(),
        contextTokens: z.number().int().min(chatLimits.leastContext),
        peer: z.string().max(300).optional(),
      }),
    ),
    /** All words must be there, each from its beginning; case and accents do not matter, quotes and operators mean nothing. Titles come first. */
    search: base
      .input(z.object({ text: z.string().max(200), limit: z.number().int().min(1).max(100).default(30) }))
      .output(z.array(searchHit)),
    /** One conversation, or with `id` left out all of them, as a file in pieces. json: all branches, can be imported again; markdown: what is shown. */
    export: base.input(z.object({ id: z.uuid().optional(), format: z.enum(['markdown', 'json']) })).output(eventIterator(z.string())),
    /**
     * A file that Axon, ChatGPT (conversations.json) or Open WebUI wrote, in one piece, or in several in order: the same `upload` and `more`
     * on all but the last one. All of it is stored or nothing; answers null to pieces before the last one. One upload at a time: another one
     * ends it. Fails with import-unknown, import-damaged, import-too-large.
     */
    import: base
      .input(z.object({ text: z.string().max(importPiece.characters), upload: z.uuid().optional(), more: z.boolean().default(false) }))
      .output(importResult.nullable()),
    /**
     * Adds the question and an empty answer to the conversation (ids by the caller), clears the draft, and streams the answer, which is
     * stored as it grows. The question hangs under `after` (null: it begins anew; left out: under the end of the active path), so editing
     * a question is sending another one after the same message: the old one keeps its branch. With `content` absent `questionId` is
     * answered once more, beside the answers that it has; only those without a word that ended are replaced. `peer` as in ask.
     * `wait`: while nobody can answer, wait for somebody who can, until the stream is aborted.
     * `attachments`: those of the draft go to the question, those of other messages are copied to it.
     * Fails with bad-request when there is no such question, message or attachment, with too-many-images.
     */
    send: base
      .input(
        z.object({
          id: z.uuid(),
          questionId: z.uuid(),
          answerId: z.uuid(),
          content: z.string().min(1).optional(),
          after: z.uuid().nullable().optional(),
          attachments: z.array(z.uuid()).max(attachmentLimits.count).optional(),
          model: z.string().optional(),
          peer: z.string().max(300).optional(),
          wait: z.boolean().default(false),
        }),
      )
      .output(eventIterator(chatChunk)),
    /**
     * Goes on with the last answer, which was stopped, interrupted or failed, by the model that began it: streams what comes after its text,
     * all of it where there is none. `shown`: characters (UTF-16 units) that the caller has; what was stored beyond them is dropped.
     * `wait`: while nobody can go on, wait for somebody who can, until the stream is aborted. One that is under way, for whatever window, is
     * heard; whoever aborts ends it for all (for the others without a last chunk), and a connection that ends does not. Fails with bad-request for any other answer,
     * with `hear` for each that is not under way: a window that saw one grow begins none that was stopped meanwhile.
     */
    continue: base
      .input(
        z.object({
          id: z.uuid(),
          answerId: z.uuid(),
          shown: z.number().int().nonnegative().optional(),
          wait: z.boolean().default(false),
          hear: z.boolean().default(false),
          peer: z.string().max(300).optional(),
        }),
      )
      .output(eventIterator(chatChunk)),
  },
  /** The engines of this machine and its models; for the owner's doors alone, no peer reaches this. */
  engines: {
    /** Looks now, also at those that do not run. */
    look: base.output(z.array(localEngine)),
    /** LM Studio and llama-server on this machine, looked for now; each stands in the list, found or not. */
    servers: base.output(z.array(foundServer)),
    /**
     * Keeps the key of the server with the OpenAI API for the address that is set now, and for no other one; null: forgets it. It is never
     * told again. Fails with bad-request where no address is set.
     */
    setKey: base.input(z.object({ key: serverKeyText.nullable() })),
    /** Deletes a model for good. Fails with model-in-use, model-missing, not-allowed, engine-*. */
    removeModel: base.input(z.object({ engine: localEngine.shape.kind, model: z.string().min(1).max(200) })).output(modelRemoval),
  },
  /** Models from the Internet to this machine, for the owner alone; view.downloads shows how far they are, and why one failed. */
  downloads: {
    /** Of the engine in use, smallest first; exactly one is `best`. Empty where that one downloads nothing. */
    suggest: base.output(z.array(suggestedModel)),
    /** Begins, or goes on with one from there. Fails with bad-model-address, download-begun, not-allowed, rate-limited. */
    start: base.input(downloadSource),
    /** What came stays. These fail with not-found. */
    pause: base.input(z.object({ id: z.uuid() })),
    resume: base.input(z.object({ id: z.uuid() })),
    /** Deletes what came; of a finished one nothing but its line. */
    cancel: base.input(z.object({ id: z.uuid() })),
    /**
     * Of another machine that leads: what it could have, after `get` was begun there. It asks its own list of members whether this device may
     * manage models. Fails with not-permitted, not-reachable, too-old, rate-limited, not-allowed (it does not lead, or with another engine),
     * and as start does.
     */
    elsewhere: base.input(modelsWish.extend({ peerId })).output(machineModels),
  },
  settings: {
    update: base.input(settingsPatch),
    /** As on the first day, but the machine's name and role, addresses, presets and what concerns members. */
    reset: base,
  },
  /** What this machine is, looked at now. */
  facts: base.output(hardwareFacts),
  /** The whole swarm now; cached: as it was last kept, without looking at anything. Fails with not-found when none was. */
  snapshot: base.input(z.object({ cached: z.boolean().default(false) })).output(swarmSnapshot),
  doctor: base.output(doctorReport),
  /** Shows the window of the app around this node, or hides it when it is in front. Fails with not-found when there is no app. */
  window: { toggle: base },
  /** Why no other machine is found, as far as this one can see it. */
  discovery: base.output(discoveryReport),
  storage: base.output(storageFacts),
  /** For somebody who helps: no key, no token, nothing that was asked or answered, no names and addresses of machines. */
  diagnostics: base.output(diagnosticReport),
};
export type Control = typeof control;
/**
 * Secrets never travel over this contract, nor into a page's DOM: the desktop's main process (src-shared/desktop.ts), and the loopback door
 * for its token's holder, hand them out.
 * key: swarm.key. invite: the text of one that this process made. invite-picture: its QR code as SVG. recovery: makes a new recovery code.
 * ledger: all of it as CSV, for a file. `id`: which invite.
 */
export const secretKind = z.enum(['key', 'invite', 'invite-picture', 'recovery', 'ledger']);
export const secretRequest = z.object({ kind: secretKind, id: z.string().max(100).optional() });
export type SecretRequest = z.infer<typeof secretRequest>;

/** What a connected face (window, command line) calls. */
export type ControlClient = ContractRouterClient<Control>;
