// The active path of a conversation after one more version of a message: what the window shows before the node has said so.
import type { Conversation, Message } from '../../../src-shared/conversation.ts';

/** The versions at a message's place, itself included. */
export function versionsOf(message: Message): readonly string[] {
  return message.siblings ?? [message.id];
}

/** Which version a message is: 1 is the first one. */
export function versionNumber(message: Message): number {
  return versionsOf(message).indexOf(message.id) + 1;
}

/** A question at the end, or in the place of another one, with what followed that out of sight. */
export function withQuestion(conversation: Conversation, question: Message, replaced?: string): Conversation {
  const at = replaced === undefined ? -1 : conversation.messages.findIndex(({ id }) => id === replaced);
  const old = conversation.messages[at];
  if (old === undefined) return { ...conversation, messages: [...conversation.messages, question] };
  const siblings = [...versionsOf(old), question.id];
  return { ...conversation, messages: [...conversation.messages.slice(0, at), { ...question, siblings }] };
}

/**
 * An answer to a question of the path, beside the one that it has. As on the node, one that ended without a word does not stay beside it.
 */
export function withAnswer(conversation: Conversation, answer: Message, questionId: string): Conversation {
  const at = conversation.messages.findIndex(({ id }) => id === questionId);
  const old = conversation.messages[at + 1];
  const kept = old === undefined ? [] : versionsOf(old).filter((id) => id !== old.id || old.content !== '');
  const versions = kept.length === 0 ? {} : { siblings: [...kept, answer.id] };
  return { ...conversation, messages: [...conversation.messages.slice(0, at + 1), { ...answer, ...versions }] };
}
