import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openConversations } from './conversations.ts';
import { snippetOf } from './snippet.ts';
import { termsOf } from './words.ts';

let folder: string;
let path: string;
let store: ReturnType<typeof openConversations>;
let now = 1000;
const open = () => openConversations(path, () => (now += 1));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-search-'));
  path = join(folder, 'conversations.db');
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function talk(title: string, question: string, answer: string): { id: string; questionId: string; answerId: string } {
  const [id, questionId, answerId] = [randomUUID(), randomUUID(), randomUUID()];
  store.create(id, title);
  const { writer } = store.begin(id, { questionId, answerId, content: question });
  writer.text(answer);
  writer.end('done');
  return { id, questionId, answerId };
}
const found = async (text: string) => (await store.search(text, 30)).map(({ messageId }) => messageId);

describe('search', () => {
  test('by the beginnings of words, without case and accents, all of them', async () => {
    const { questionId, answerId } = talk('x', 'Où est le café de la Gare?', 'Près du Łódź-Platz, in der Straße 5.');
    expect(await found('cafe GA')).toEqual([questionId]);
    expect(await found('CAFÉ')).toEqual([questionId]);
    expect(await found('afé')).toEqual([]);
    expect(await found('lodz strasse')).toEqual([answerId]);
    expect(await found('café straße')).toEqual([]);
  });

  test('in scripts without spaces a part of a sentence is found', async () => {
    const { questionId, answerId } = talk('x', '我今天想学习人工智能的基础知识', '東京タワーは高さ333メートルです。สวัสดีชาวโลก');
    for (const [text, id] of [
      ['人工智能', questionId],
      ['学', questionId],
      ['タワー', answerId],
      ['高さ333', answerId],
      ['ชาวโลก', answerId],
    ] as const)
      expect([text, await found(text)]).toEqual([text, [id]]);
    expect(await found('智人')).toEqual([]);
  });

  test('titles come first; branches that are not shown are found too; the removed are not', async () => {
    const one = talk('Garden plan', 'tomatoes', 'garden soil');
    store.begin(one.id, { questionId: randomUUID(), answerId: randomUUID(), content: 'roses', after: null }).writer.end('done');
    expect(await found('garden')).toEqual([null, one.answerId]);
    store.remove(one.id);
    expect(await found('garden')).toEqual([]);
    store.restore(one.id);
    expect(await found('garden')).toHaveLength(2);
  });

  test('what is written later is found, and what was replaced is not', async () => {
    const { id, questionId } = talk('x', 'first', 'alpha');
    expect(await found('alpha')).toHaveLength(1);
    const answerId = randomUUID();
    const { writer } = store.begin(id, { questionId, answerId, content: undefined });
    writer.text('beta and');
    writer.end('stopped');
    expect(await found('beta')).toEqual([answerId]);
    store.resume(id, answerId, 4).writer.end('stopped');
    expect(await found('and')).toEqual([]);
    expect(await found('beta')).toEqual([answerId]);
  });

  test('the snippet is one line around the hit, with every hit marked', async () => {
    talk('x', `${'lead '.repeat(60)}\n the Needle and a needle ${'tail '.repeat(60)}`, 'y');
    const [hit] = await store.search('need', 5);
    const text = hit?.snippet.map((part) => (part.hit ? `[${part.text}]` : part.text)).join('') ?? '';
    expect(text).toContain('the [Needle] and a [needle] tail');
    expect(text).toMatch(/^…lead .* tail…$/);
    expect(text).not.toContain('\n');
    expect(text.length).toBeLessThan(200);
  });

  test('a lost, foreign or damaged index is made anew', async () => {
    talk('x', 'needle', 'y');
    expect(await found('needle')).toHaveLength(1);
    store.close();
    writeFileSync(`${path}-search`, 'this is no database, though it is long enough to be looked at'.repeat(40));
    for (const tail of ['-wal', '-shm']) rmSync(`${path}-search${tail}`, { force: true });
    store = open();
    expect(await found('needle')).toHaveLength(1);
    store.close();
    const other = new Database(`${path}-search`);
    other.exec("UPDATE follows SET store = 'another', upto = 99");
    other.close();
    store = open();
    expect(await found('needle')).toHaveLength(1);
  });

  test('whatever is typed is a question and never an error', async () => {
    talk('x', 'needle', 'y');
    for (const text of ['"', '""', '*', 'a OR', 'NEAR(', 'text:needle', '-needle', "'; DROP", '( ) ^', '\u0000', '\ud800', '%', '١٢'])
      expect(Array.isArray(await store.search(text, 5))).toBe(true);
    expect(await found('text:needle')).toEqual([]);
    expect(await found('"needle"')).toHaveLength(1);
    // accents alone are no word, or they would be the beginning of every one
    for (const text of ['\u0300', '\u0314\u0300', 'ー\u0300 \u0300']) expect(await found(text)).toEqual([]);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        await store.search(text, 5);
      }),
      { numRuns: 60 },
    );
  });

  test('every text is found by its own words, and the snippet shows the hit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), async (text) => {
        const terms = termsOf(text);
        fc.pre(terms.length > 0);
        const { questionId } = talk('x', text, 'y');
        expect(await found(text)).toContain(questionId);
        expect(snippetOf(text, terms).some(({ hit }) => hit)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
