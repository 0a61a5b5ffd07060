// The contract between the owner (window, tray, CLI) and its node. Two kinds only: a call, and a stream.
// Calls that change something return nothing; the view shows what became true.
import { eventIterator, oc, type ContractRouterClient } from '@orpc/contract';
import { z } from 'zod';
import { chatChunk, chatRequest } from './chat.ts';
import { conversation, conversationSummary } from './conversation.ts';
import { doctorReport } from './doctor.ts';
import { failureShape } from './failure.ts';
import { role } from './role.ts';
import { settingsPatch } from './settings.ts';
import { swarmView } from './swarm-view.ts';

/** Every failure crosses this door as the error FAILURE with the shape as its data. */
const base = oc.errors({ FAILURE: { data: failureShape } });

/** Largest swarm.key that is looked into; a real one is under 120 bytes. */
export const maxKeyFileBytes = 4096;

export const control = {
  /** First item: the whole view. Then the whole view again after each change, at most 10 a second. */
  view: base.output(eventIterator(swarmView)),
  role: { set: base.input(z.object({ role })) },
  key: {
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
  /**
   * A question without a conversation (the CLI). `peer`: ask only this peer id, or the one at this multiaddr.
   * The stream ends after `done`; aborting it is Stop.
   */
  ask: base.input(z.object({ request: chatRequest, peer: z.string().max(300).optional() })).output(eventIterator(chatChunk)),
  conversations: {
    list: base.output(z.array(conversationSummary)),
    get: base.input(z.object({ id: z.uuid() })).output(conversation),
    /** The id is made by the caller. */
    create: base.input(z.object({ id: z.uuid(), title: z.string().max(200).default('') })),
    update: base.input(
      z.object({
        id: z.uuid(),
        title: z.string().max(200).optional(),
        draft: z.string().optional(),
        model: z.string().nullable().optional(),
      }),
    ),
    remove: base.input(z.object({ id: z.uuid() })),
    /**
     * Adds the question and an empty answer to the conversation (ids by the caller), clears the draft, and streams the answer,
     * which is stored as it grows. With `content` absent the last question is asked again: its failed, stopped or unloved answer is replaced.
     * `peer` as in ask.
     */
    send: base
      .input(
        z.object({
          id: z.uuid(),
          questionId: z.uuid(),
          answerId: z.uuid(),
          content: z.string().min(1).optional(),
          model: z.string().optional(),
          peer: z.string().max(300).optional(),
        }),
      )
      .output(eventIterator(chatChunk)),
  },
  settings: { update: base.input(settingsPatch) },
  doctor: base.output(doctorReport),
};
export type Control = typeof control;
/** What a connected face (window, command line) calls. */
export type ControlClient = ContractRouterClient<Control>;
