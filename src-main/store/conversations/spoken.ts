// What a model sees of a stored conversation.
import { withAttachedTexts, type Attachment } from '../../../src-shared/attachment.ts';
import type { ChatMessage, ChatParameters } from '../../../src-shared/chat.ts';
import { sentOf, type Message } from '../../../src-shared/conversation.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { imageLimits } from '../../../src-shared/image.ts';
import { toMore, toParameters, type ConversationRow, type Rows } from './rows.ts';

/** What a model is to see, and how it is to answer. */
export type Spoken = { messages: ChatMessage[]; parameters: ChatParameters };

/** All pictures that are sent go with every question. @throws Failure too-many-images */
export function refuseTooManyImages(sent: readonly Message[], draft: readonly Attachment[]): void {
  const images = [...sent.flatMap(({ attachments = [] }) => attachments), ...draft].filter(({ kind }) => kind === 'image').length;
  if (images > imageLimits.count) throw new Failure('too-many-images', `A conversation takes ${imageLimits.count} pictures.`);
}

/** What a model is to see of a path, after the system prompt. */
export function spoken(rows: Rows, { id, system, parameters, more }: ConversationRow, path: readonly Message[]): Spoken {
  const messages = sentOf(path, toMore(more).leftOut)
    .filter(({ content }) => content !== '')
    .map((message) => spokenMessage(rows, id, message));
  const first: ChatMessage[] = system.trim() === '' ? [] : [{ role: 'system', content: system }];
  return { messages: [...first, ...messages], parameters: toParameters(parameters) };
}

function spokenMessage(rows: Rows, id: string, { role, content, attachments = [] }: Message): ChatMessage {
  const data = (attachment: Attachment): string => rows.attachments.data(id, attachment.id);
  const images = attachments.filter(({ kind }) => kind === 'image').map(data);
  const texts = attachments.filter(({ kind }) => kind !== 'image').map((one) => ({ name: one.name, text: data(one) }));
  return { role, content: withAttachedTexts(content, texts), ...(images.length === 0 ? {} : { images }) };
}
