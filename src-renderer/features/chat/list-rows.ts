// What the list of conversations shows, in order. Pure.
import type { ConversationSummary } from '../../../src-shared/conversation.ts';

/** A heading or a conversation. `folder` null on a heading: that of the pinned ones, or of the rest. */
export type ListRow =
  | { kind: 'head'; key: string; head: 'pinned' | 'folder' | 'rest'; folder: string | null; count: number; closed: boolean }
  | { kind: 'conversation'; key: string; summary: ConversationSummary; inFolder: boolean };

/**
 * Pinned ones first, then folders by name, then the rest; within each the order of `summaries`. A pinned one stands nowhere else.
 * Headings only where there is something to tell apart. closed: names of folders that are shut
 */
export function listRows(summaries: readonly ConversationSummary[], closed: ReadonlySet<string>): ListRow[] {
  const pinned = summaries.filter((summary) => summary.pinned);
  const loose = summaries.filter((summary) => !summary.pinned && summary.folder === null);
  const rows: ListRow[] = [];
  const add = (head: 'pinned' | 'folder' | 'rest', folder: string | null, members: readonly ConversationSummary[]): void => {
    if (members.length === 0) return;
    const shut = folder !== null && closed.has(folder);
    rows.push({ kind: 'head', key: `${head}:${folder ?? ''}`, head, folder, count: members.length, closed: shut });
    if (!shut)
      rows.push(...members.map((summary): ListRow => ({ kind: 'conversation', key: summary.id, summary, inFolder: folder !== null })));
  };
  add('pinned', null, pinned);
  for (const folder of foldersOf(summaries)) {
    add(
      'folder',
      folder,
      summaries.filter((summary) => !summary.pinned && summary.folder === folder),
    );
  }
  if (rows.length === 0) return loose.map((summary) => ({ kind: 'conversation', key: summary.id, summary, inFolder: false }));
  add('rest', null, loose);
  return rows;
}

/** The conversation that stands below that one, or above the last one. null: it is the only one. */
export function rowBeside(rows: readonly ListRow[], id: string): string | null {
  const ids = rows.flatMap((row) => (row.kind === 'conversation' ? [row.summary.id] : []));
  const at = ids.indexOf(id);
  return ids[at + 1] ?? ids[at - 1] ?? null;
}

/** Their names, by the alphabet. */
export function foldersOf(summaries: readonly ConversationSummary[]): string[] {
  const names = new Set(summaries.flatMap(({ folder }) => (folder === null ? [] : [folder])));
  return [...names].sort((a, b) => a.localeCompare(b));
}
