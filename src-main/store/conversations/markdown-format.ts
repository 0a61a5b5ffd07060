// A conversation as a text that people read: its active path, who said what under a heading.
import type { Conversation } from '../../../src-shared/conversation.ts';

/** The text in pieces; conversations are told apart by a rule. */
export function* markdownText(conversations: Iterable<Conversation>): Generator<string> {
  let first = true;
  for (const { title, createdAt, messages, system } of conversations) {
    yield `${first ? '' : '\n---\n\n'}# ${heading(title) || new Date(createdAt).toISOString()}\n\n${new Date(createdAt).toISOString()}\n`;
    if (system.trim() !== '') yield `\n## System\n\n${system.trim()}\n`;
    for (const { role, content, answer, attachments = [] } of messages) {
      const by = [answer?.edited === undefined ? null : 'edited', answer?.model, answer?.placement?.leader.name].filter(
        (name) => name != null,
      );
      const who = role === 'user' ? 'User' : role === 'system' ? 'System' : ['Assistant', ...by].join(' · ');
      yield `\n## ${heading(who)}\n\n${content.trim()}\n`;
      if (attachments.length > 0) yield `\n${attachments.map(({ name }) => `- ${heading(name)}`).join('\n')}\n`;
    }
    first = false;
  }
}

const heading = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
