// A conversation as a file: for reading (Markdown) and for taking elsewhere (JSON).
import type { Conversation } from '../../../src-shared/conversation.ts';
import { textOf } from './thought.ts';

export type ExportFormat = 'markdown' | 'json';

/** What the file holds: the active path, without what models thought. `words`: who speaks. */
export function exportText(conversation: Conversation, format: ExportFormat, words: { you: string; machine: string }): string {
  if (format === 'json') return `${JSON.stringify({ axon: 'conversation', version: 1, conversation }, null, 2)}\n`;
  const parts = conversation.messages.map((message) => {
    if (message.role === 'user') return `## ${words.you}\n\n${message.content}`;
    const machine = message.answer?.placement?.leader.name ?? words.machine;
    const model = message.answer?.model ?? null;
    return `## ${model === null ? machine : `${machine} (${model})`}\n\n${textOf(message)}`;
  });
  const system = conversation.system === '' ? [] : [`> ${conversation.system.replaceAll('\n', '\n> ')}`];
  return `${[`# ${conversation.title === '' ? 'Axon' : conversation.title}`, ...system, ...parts].join('\n\n')}\n`;
}

/** A name that every file system takes: "Trip to Rome.md" */
export function exportName(title: string, format: ExportFormat): string {
  const plain = title
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    .replaceAll(/[\u0000-\u001f<>:"/\\|?*]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[. ]+|[. ]+$/g, '')
    .slice(0, 80);
  return `${plain === '' ? 'conversation' : plain}.${format === 'json' ? 'json' : 'md'}`;
}
