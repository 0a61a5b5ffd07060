import { expect, test } from 'vitest';
import { emptyConversation } from '../../../src-shared/conversation.ts';
import type { ConversationSummary } from '../../../src-shared/conversation.ts';
import { foldersOf, listRows, rowBeside } from './list-rows.ts';

const one = (id: string, change: Partial<ConversationSummary> = {}): ConversationSummary => ({
  ...emptyConversation(id, id, 0),
  ...change,
});
const told = (summaries: ConversationSummary[], closed: string[] = []): string[] =>
  listRows(summaries, new Set(closed)).map((row) =>
    row.kind === 'head' ? `# ${row.head} ${row.folder ?? ''} ${row.count}${row.closed ? ' closed' : ''}` : row.summary.id,
  );

test('without pins and folders there is nothing but the list', () => {
  expect(told([one('b'), one('a')])).toEqual(['b', 'a']);
});

test('pinned, then folders by name, then the rest; a pinned one stands once', () => {
  const list = [one('c'), one('w', { folder: 'Work' }), one('p', { pinned: true, folder: 'Work' }), one('h', { folder: 'Home' })];
  expect(told(list)).toEqual(['# pinned  1', 'p', '# folder Home 1', 'h', '# folder Work 1', 'w', '# rest  1', 'c']);
  expect(told(list, ['Home'])).toEqual(['# pinned  1', 'p', '# folder Home 1 closed', '# folder Work 1', 'w', '# rest  1', 'c']);
  expect(foldersOf(list)).toEqual(['Home', 'Work']);
});

test('beside one stands what is below it, beside the last what is above it; headings do not count', () => {
  const list = listRows([one('c'), one('b'), one('p', { pinned: true }), one('h', { folder: 'Home' })], new Set(['Home']));
  expect(['p', 'c', 'b', 'h'].map((id) => rowBeside(list, id))).toEqual(['c', 'b', 'c', 'p']);
  expect(rowBeside(listRows([one('a')], new Set()), 'a')).toBe(null);
});
