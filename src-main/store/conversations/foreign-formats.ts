// The exports of ChatGPT (conversations.json) and Open WebUI, read as hostile input: whatever is not needed is passed over.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CarriedConversation, CarriedMessage } from './own-format.ts';
import { webuiThinking } from './webui-thinking.ts';

/** Seconds in both programs, milliseconds in some fields of Open WebUI. */
const time = z.number().nullish().catch(null);
const words = z.string().nullish().catch(null);

const gptNode = z.object({
  parent: words,
  message: z
    .object({
      author: z.object({ role: z.string() }),
      create_time: time,
      content: z
        .object({ parts: z.array(z.unknown()).optional().catch(undefined) })
        .nullish()
        .catch(null),
      recipient: words,
      metadata: z
        .object({ model_slug: words, is_visually_hidden_from_conversation: z.boolean().nullish().catch(null) })
        .nullish()
        .catch(null),
    })
    .nullish(),
});
export const gptConversation = z.object({
  id: words,
  conversation_id: words,
  title: words,
  create_time: time,
  update_time: time,
  current_node: words,
  mapping: z.record(z.string(), gptNode),
});

const webuiMessage = z.object({
  parentId: words,
  role: z.string(),
  content: z.unknown(),
  timestamp: time,
  model: words,
  files: z
    .array(z.object({ type: words }))
    .nullish()
    .catch(null),
});
const webuiChat = z.object({
  title: words,
  params: z.object({ system: words }).nullish().catch(null),
  history: z.object({ currentId: words, messages: z.record(z.string(), webuiMessage) }),
});
export const webuiConversation = z.object({
  id: words,
  title: words,
  created_at: time,
  updated_at: time,
  pinned: z.boolean().nullish().catch(null),
  chat: webuiChat,
});

/** What another program's file told. pictures: that many are named in it and did not come along */
export type Brought = CarriedConversation & { pictures: number };

/** Stands in a text for a picture that did not come along: for the person, and for the model that reads on. */
const pictureMark = '[image]';

const gptPicture = z.object({ content_type: z.literal('image_asset_pointer') });

/** A message of another program before its ids are made ours. null text: passed over, what hangs below hangs under its parent. */
type ForeignMessage = {
  key: string;
  parent: string | null;
  role: string;
  text: string | null;
  at: number;
  model: string | null;
  pictures: number;
  thought?: { thinking?: string; thoughtMs?: number };
};

/** @param now stands in where the file says no time, wall clock ms */
export function fromGpt(file: z.infer<typeof gptConversation>, now: number): Brought {
  const createdAt = ms(file.create_time) ?? now;
  const messages = Object.entries(file.mapping).map(([key, { parent, message }]): ForeignMessage => {
    const hidden =
      message == null || message.metadata?.is_visually_hidden_from_conversation === true || (message.recipient ?? 'all') !== 'all';
    const parts = hidden ? [] : (message.content?.parts ?? []);
    const isPicture = (part: unknown): boolean => gptPicture.safeParse(part).success;
    return {
      key,
      parent: parent ?? null,
      role: message?.author.role ?? '',
      text: hidden ? null : joined(parts.flatMap((part) => (typeof part === 'string' ? [part] : isPicture(part) ? [pictureMark] : []))),
      pictures: parts.filter(isPicture).length,
      at: ms(message?.create_time) ?? createdAt,
      model: message?.metadata?.model_slug ?? null,
    };
  });
  return carried(
    { program: 'chatgpt', id: file.conversation_id ?? file.id, title: file.title ?? '', createdAt, messages },
    file.current_node,
    {
      updatedAt: ms(file.update_time) ?? createdAt,
    },
  );
}

/** @param now as in fromGpt */
export function fromWebui(file: z.infer<typeof webuiConversation>, now: number): Brought {
  const { chat } = file;
  const createdAt = ms(file.created_at) ?? now;
  const messages = Object.entries(chat.history.messages).map(
    ([key, { parentId, role, content, timestamp, model, files }]): ForeignMessage => {
      const { text, ...thought } = role === 'assistant' && typeof content === 'string' ? webuiThinking(content) : { text: content };
      const pictures = (files ?? []).filter(({ type }) => type === 'image').length;
      return {
        key,
        parent: parentId ?? null,
        role,
        text: typeof text === 'string' ? joined([...Array.from({ length: pictures }, () => pictureMark), text]) : null,
        at: ms(timestamp) ?? createdAt,
        model: model ?? null,
        pictures,
        thought,
      };
    },
  );
  const title = file.title ?? chat.title ?? '';
  return carried({ program: 'open-webui', id: file.id, title, createdAt, messages }, chat.history.currentId, {
    updatedAt: ms(file.updated_at) ?? createdAt,
    pinned: file.pinned === true,
    system: (chat.params?.system ?? '').slice(0, 200_000),
  });
}

type Foreign = { program: string; id: string | null | undefined; title: string; createdAt: number; messages: ForeignMessage[] };

/** The same file gives the same ids, so that importing it twice does not double it. */
function carried(
  { program, id, title, createdAt, messages }: Foreign,
  current: string | null | undefined,
  more: { updatedAt: number; pinned?: boolean; system?: string },
): Brought {
  const source = `${program} ${id ?? JSON.stringify([title, createdAt, messages])}`;
  const byKey = new Map(messages.map((message) => [message.key, message]));
  const kept = (message: ForeignMessage): boolean =>
    message.text !== null && message.text.trim() !== '' && (message.role === 'user' || message.role === 'assistant');
  /** The nearest one at or above that is kept. */
  const nearest = (key: string | null | undefined): string | null => {
    const seen = new Set<string>();
    for (let at = byKey.get(key ?? ''); at !== undefined && !seen.has(at.key); at = byKey.get(at.parent ?? '')) {
      if (kept(at)) return at.key;
      seen.add(at.key);
    }
    return null;
  };
  const ours = (key: string): string => idFrom(`${source} ${key}`);
  const leaf = nearest(current);
  return {
    id: idFrom(source),
    title: title.slice(0, 200),
    createdAt,
    pinned: false,
    folder: null,
    model: null,
    system: '',
    parameters: {},
    ...more,
    leaf: leaf === null ? null : ours(leaf),
    pictures: messages.reduce((sum, { pictures }) => sum + pictures, 0),
    messages: messages.filter(kept).map(({ key, parent, role, text, at, model, thought }): CarriedMessage => {
      const above = nearest(parent);
      const base = { id: ours(key), parent: above === null ? null : ours(above), content: text ?? '', createdAt: at };
      if (role === 'user') return { ...base, role };
      return { ...base, role: 'assistant', answer: { state: 'done', placement: null, model, figures: null, failure: null, ...thought } };
    }),
  };
}

const joined = (parts: string[]): string => parts.filter((part) => part !== '').join('\n\n');

/** A UUID (version 8, RFC 9562: made by a rule of our own) that the same source always has. */
export function idFrom(source: string): string {
  const hex = createHash('sha256').update(`axon import ${source}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function ms(value: number | null | undefined): number | null {
  if (value == null || !Number.isFinite(value) || value < 0) return null;
  return Math.trunc(value > 1e11 ? value : value * 1000);
}
