// A conversation gets its title from a model, once it has an answer and while its person gave it none.
import { randomUUID } from 'node:crypto';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { Conversation } from '../../src-shared/conversation.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { Conversations } from '../store/conversations/conversations.ts';

/** Of question and answer the model reads the beginning, characters: a title is not worth more. */
const readLength = 1500;
/** Tokens of a title; a model that thinks first comes to no end within them, and then there is none. */
const maxTokens = 32;
/** How long a model may take, ms. Nobody waits for it. */
const patienceMs = 60_000;
const maxLength = 60;

export type TitlingOptions = {
  clock: Clock;
  log: Log;
  conversations: Pick<Conversations, 'get' | 'update'>;
  /** peer: the machine that is asked, and no other */
  ask: (request: ChatRequest, peer: string, signal: AbortSignal) => AsyncIterable<ChatChunk>;
  /** The person wants it. */
  wanted: () => boolean;
};

export type Titling = {
  /** Asks when there is something to ask for, one conversation at a time. @returns the title in force afterwards; never fails for the model's sake */
  title(id: string, signal: AbortSignal): Promise<string>;
  /** Resolves when none is being made; never fails. */
  made(): Promise<unknown>;
  /** A person asks something: no machine is kept busy with titles. */
  giveWay(): void;
};

/** The caller decides when: nothing is asked by itself. */
export function titling({ clock, log, conversations, ask, wanted }: TitlingOptions): Titling {
  let running: AbortController | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const written = async (conversation: Conversation, signal: AbortSignal): Promise<string> => {
    let text = '';
    // whoever wrote the answer knows the conversation already; nobody else is told of it
    const peer = conversation.messages[1]?.answer?.placement?.leader.peerId ?? '';
    for await (const chunk of ask(request(conversation), peer, signal)) {
      if (chunk.kind === 'text') text += chunk.text;
      if (text.length > 10 * maxLength) break;
    }
    return text;
  };

  const make = async (id: string, before: Conversation, signal: AbortSignal): Promise<string> => {
    const stop = new AbortController();
    running = stop;
    const late = clock.after(patienceMs, () => stop.abort());
    try {
      const title = titleIn(await written(before, AbortSignal.any([signal, stop.signal])));
      // the person may have named or removed it meanwhile
      const now = conversations.get(id);
      if (title === null || now.title !== before.title) return now.title;
      conversations.update(id, { title });
      return title;
    } catch (error) {
      log.info('no title was made', { reason: error instanceof Error ? error.name : 'unknown' });
      return before.title;
    } finally {
      late();
      running = null;
    }
  };

  return {
    giveWay: () => running?.abort(),
    made: () => last,
    async title(id, signal) {
      const before = conversations.get(id);
      if (!wanted() || running !== null || !wantsTitle(before)) return before.title;
      const made = make(id, before, signal);
      last = made;
      return await made;
    },
  };
}

/** One with a whole answer, whose title is none or the first words of its question. */
function wantsTitle({ title, messages }: Conversation): boolean {
  const [question, answer] = messages;
  if (question === undefined || answer?.answer?.state !== 'done' || answer.answer.placement === null || answer.content.trim() === '')
    return false;
  return oneLine(question.content).startsWith(oneLine(title.replace(/…$/, '')));
}

function request({ messages }: Conversation): ChatRequest {
  const [question, answer] = messages.map(({ content }) => content.slice(0, readLength));
  const model = messages[1]?.answer?.model;
  const content = `Write a title of two to six words for this conversation, in the language of the question. Answer with the title only.\n\nQuestion: ${question}\n\nAnswer: ${answer}`;
  return {
    id: randomUUID(),
    messages: [{ role: 'user', content }],
    parameters: { temperature: 0, maxTokens },
    forTitle: true,
    ...(model == null ? {} : { model }),
  };
}

/** The title in what a model wrote; null: it wrote something else. */
export function titleIn(text: string): string | null {
  const line = oneLine(text.trim().split('\n', 1)[0] ?? '');
  const bare = unquoted(line.replace(/^[*_#\s]*(title|titel|titre|título)\s*[:：][*_\s]*/i, ''));
  return bare.length < 2 || bare.length > maxLength || !/\p{L}/u.test(bare) ? null : bare;
}

/** How quotation marks open and close, in the languages of the window and in others. */
const quotes = ['""', "''", '“”', '„“', '„”', '‘’', '‚‘', '«»', '»«', '「」', '『』'];

/** Without marks around all of it; those around a part of it stay. */
function unquoted(text: string): string {
  const bare = text.replaceAll(/^[\s*_#`]+|[\s*_#`.。]+$/g, '');
  const [first = '', last = '', inner] = [bare.at(0), bare.at(-1), bare.slice(1, -1)];
  const around = bare.length > 1 && quotes.includes(first + last) && !inner.includes(first) && !inner.includes(last);
  if (around) return unquoted(inner);
  // a model may have come to its last token before it closed them
  const begun =
    quotes.some((pair) => pair.startsWith(first)) && !quotes.some(([open, close = '']) => open === first && bare.slice(1).includes(close));
  return begun && first !== '' ? unquoted(bare.slice(1)) : bare;
}

const oneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');
