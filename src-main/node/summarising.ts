// A conversation that is too long for its model goes on in a new one, which begins with a summary of it.
import { randomUUID } from 'node:crypto';
import { withAttachedTexts } from '../../src-shared/attachment.ts';
import { chatLimits, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import type { Conversation, Message } from '../../src-shared/conversation.ts';
import { Failure } from '../../src-shared/failure.ts';
import { thoughtOf } from '../../src-shared/thinking.ts';
import type { Conversations } from '../store/conversations/conversations.ts';

/** Bytes of a token, cautiously: code and scripts with accents come to three (swarm/placement.ts). */
const bytesPerToken = 3;
/** Of what the model reads at once, so much is the conversation; the summary so far and the new one take as much of the rest each. */
const share = { read: 1 / 2, written: 1 / 5 } as const;
/** Tokens of what is asked, with the marks around it. */
const askedTokens = 150;
/** No tokenizer makes tokens longer than this on average: a leader that writes on for ever is heard no further, characters. */
const maxPerToken = 32;
/** Between what the person told the model and the summary: the next summary begins at it. */
const heading = 'What was said before, in short:';

export type SummarisingOptions = {
  conversations: Pick<Conversations, 'get' | 'attached' | 'create' | 'update'>;
  ask: (request: ChatRequest, peer: string | undefined, signal: AbortSignal) => AsyncIterable<ChatChunk>;
};

/** As the contract's `summarise`. contextTokens: what the model reads at once */
export type Summarise = (
  from: { id: string; newId: string; contextTokens: number; peer?: string | undefined },
  signal: AbortSignal,
) => Promise<void>;

export function summarising({ conversations, ask }: SummarisingOptions): Summarise {
  return async ({ id, newId, contextTokens, peer }, signal) => {
    const old = conversations.get(id);
    if (old.messages.length === 0) throw new Failure('bad-request', 'Nothing was asked in this conversation: there is nothing to sum up.');
    const [told = '', before = ''] = old.system.split(`${heading}\n`, 2);
    const opening = `${told.trim() === '' ? '' : `${told.trim()}\n\n`}${heading}\n`;
    const room = chatLimits.system - opening.length;
    if (room < 1) throw new Failure('prompt-too-long', 'What the model is told leaves no room for a summary.');
    let summary = before.trim();
    const data = (attachmentId: string): string => conversations.attached(id, attachmentId);
    for (const piece of pieces(said(old.messages, data), (contextTokens * share.read - askedTokens) * bytesPerToken)) {
      const text = await written(ask(request(old, summary, piece, contextTokens), peer, signal), contextTokens * maxPerToken);
      summary = startOf(text, room);
      signal.throwIfAborted();
      if (summary === '') throw new Failure('engine-failed', 'The model wrote no summary.');
    }
    const system = opening + summary;
    conversations.create(newId, old.title);
    conversations.update(newId, {
      system,
      model: old.model,
      parameters: old.parameters,
      folder: old.folder,
      machine: old.machine,
      continues: id,
    });
  };
}

async function written(chunks: AsyncIterable<ChatChunk>, most: number): Promise<string> {
  let text = '';
  for await (const chunk of chunks) {
    if (chunk.kind === 'text') text += chunk.text;
    if (text.length > most) break;
  }
  return thoughtOf(text, '').text.trim();
}

function request({ model, messages, parameters }: Conversation, summary: string, piece: string, contextTokens: number): ChatRequest {
  const wrote = model ?? messages.findLast(({ answer }) => answer?.model != null)?.answer?.model;
  const so = summary === '' ? '' : `Summary of what came before:\n${summary}\n\n`;
  const content = `${so}Conversation:\n${piece}\n\nSummarise all of this for somebody who has to go on with it, in the language of the conversation: what was asked, what was found, decided and left open, and every name, number and line of code that matters. At most 250 words. Answer with the summary only.`;
  return {
    id: randomUUID(),
    messages: [{ role: 'user', content }],
    parameters: {
      temperature: 0,
      think: 'off',
      maxTokens: Math.min(Math.floor(contextTokens * share.written), chatLimits.answerTokens),
      ...(parameters.contextTokens === undefined ? {} : { contextTokens: parameters.contextTokens }),
    },
    ...(wrote == null ? {} : { model: wrote }),
  };
}

/** Who said what, with the texts that were put to it. Pictures are named: whoever summarises need not see. */
function* said(messages: readonly Message[], data: (attachmentId: string) => string): Generator<string> {
  for (const { role, content, attachments = [] } of messages) {
    const texts = attachments.map(({ kind, id, name }) => ({ name, text: kind === 'image' ? '(a picture)' : data(id) }));
    yield `${role === 'user' ? 'Question' : 'Answer'}: ${withAttachedTexts(thoughtOf(content, '').text, texts)}\n\n`;
  }
}

/** The conversation in texts of so many bytes, cut between messages, and within those that are longer. */
function* pieces(messages: Iterable<string>, bytes: number): Generator<string> {
  let piece = '';
  for (const message of messages) {
    let rest = message;
    if (piece !== '' && Buffer.byteLength(piece + rest) > bytes) {
      yield piece;
      piece = '';
    }
    while (Buffer.byteLength(rest) > bytes) {
      // no UTF-16 unit has more than three bytes
      const cut = startOf(rest, Math.floor(bytes / 3));
      yield cut;
      rest = rest.slice(cut.length);
    }
    piece += rest;
  }
  if (piece !== '') yield piece;
}

/** The beginning of a text, so many UTF-16 units at most, with no character cut in two. */
function startOf(text: string, length: number): string {
  const start = text.slice(0, length);
  return text.length > length ? start.replace(/[\ud800-\udbff]$/, '') : start;
}
