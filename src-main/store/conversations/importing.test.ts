import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gptFile, gptMessage, webuiFile } from '../../../test/fakes/foreign-exports.ts';
import { openConversations } from './conversations.ts';

let folder: string;
let files = 0;
const opened: { close(): void }[] = [];
const open = () => {
  const store = openConversations(join(folder, `${(files += 1)}.db`), () => 5000);
  opened.push(store);
  return store;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-import-'));
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function talked() {
  const store = open();
  const [id, questionId] = [randomUUID(), randomUUID()];
  store.create(id, 'Sky');
  store.update(id, { pinned: true, folder: 'Nature', system: 'Be brief.', model: 'tiny', parameters: { temperature: 0 } });
  const leader = { peerId: `12D3KooW${'a'.repeat(44)}`, name: 'DESK' };
  for (const [text, content] of [
    ['Because.', 'why is the sky blue?'],
    ['Rayleigh.', undefined],
  ] as const) {
    const { writer } = store.begin(id, { questionId, answerId: randomUUID(), content });
    writer.note({ placement: { leader, model: 'tiny', local: true, reason: 'speed', candidates: [] }, model: 'tiny' });
    writer.text(text);
    writer.end('done');
  }
  store.choose(id, store.get(id).messages[1]?.siblings?.[0] ?? '');
  return { store, id };
}
const text = (pieces: Iterable<string>) => [...pieces].join('');

describe('our own file', () => {
  test('carries everything to another home, branches and the shown path too', () => {
    const { store, id } = talked();
    const other = open();
    expect(other.import(text(store.export(null, 'json')))).toMatchObject({ conversations: 1, messages: 3, known: 0 });
    const { draft: _, ...kept } = store.get(id);
    expect(other.get(id)).toMatchObject(kept);
    expect(other.get(id).messages[1]).toMatchObject({ content: 'Because.', siblings: [expect.any(String), expect.any(String)] });
  });

  test('carries what is left out and what it goes on from, also into a copy', () => {
    const { store, id } = talked();
    const before = store.get(id).messages[1]?.id ?? '';
    const continues = randomUUID();
    store.update(id, { leftOut: { before, at: 7 }, continues });
    const file = text(store.export(id, 'json'));
    const other = open();
    other.import(file);
    expect(other.get(id)).toMatchObject({ leftOut: { before, at: 7 }, continues });
    const copy = randomUUID();
    store.import(file.replaceAll(id, copy));
    expect(store.get(copy)).toMatchObject({ leftOut: { before: store.get(copy).messages[1]?.id, at: 7 }, continues });
    expect(store.get(copy).leftOut?.before).not.toBe(before);
    store.update(id, { leftOut: { before: null, at: 8 } });
    const third = open();
    third.import(text(store.export(id, 'json')));
    expect(third.get(id).leftOut).toEqual({ before: null, at: 8 });
  });

  test('imported again it is not doubled; what was removed comes back', () => {
    const { store, id } = talked();
    const file = text(store.export(id, 'json'));
    expect(store.import(file)).toMatchObject({ conversations: 0, messages: 0, known: 1 });
    expect(store.list()).toHaveLength(1);
    store.remove(id);
    expect(store.import(file)).toMatchObject({ conversations: 1, messages: 3, known: 0 });
    expect(store.get(id).messages).toHaveLength(2);
  });

  test('a copy under another id gets messages of its own', () => {
    const { store, id } = talked();
    const copy = randomUUID();
    expect(store.import(text(store.export(id, 'json')).replaceAll(id, copy))).toMatchObject({ conversations: 1, messages: 3 });
    expect(store.get(copy).messages.map(({ content }) => content)).toEqual(store.get(id).messages.map(({ content }) => content));
    store.remove(id);
    expect(store.get(copy).messages).toHaveLength(2);
  });

  test('as Markdown: what is shown, with who said it', () => {
    const { store, id } = talked();
    const markdown = text(store.export(id, 'markdown'));
    expect(markdown).toMatch(/^# Sky\n/);
    expect(markdown).toContain('## System\n\nBe brief.\n');
    expect(markdown).toContain('## User\n\nwhy is the sky blue?\n\n## Assistant · tiny · DESK\n\nBecause.\n');
    expect(markdown).not.toContain('Rayleigh');
    expect(() => text(store.export(randomUUID(), 'json'))).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});

describe('ChatGPT', () => {
  test('the shown branch, the other one, times and models; nothing hidden, no tool calls', () => {
    const store = open();
    expect(store.import(JSON.stringify(gptFile()))).toMatchObject({ conversations: 1, messages: 4, known: 0 });
    const [summary] = store.list();
    expect(summary).toMatchObject({ title: 'Tides', createdAt: 1700000000100, updatedAt: 1700000100200 });
    const { messages } = store.get(summary?.id ?? '');
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', '[image]\n\nWhy two tides a day?'],
      ['assistant', 'Two bulges.'],
    ]);
    expect(messages[0]).toMatchObject({ parent: null, siblings: [expect.any(String), expect.any(String)], createdAt: 1700000001500 });
    expect(messages[1]?.answer).toMatchObject({ state: 'done', model: 'gpt-4o' });
    expect(store.import(JSON.stringify(gptFile()))).toMatchObject({ conversations: 0, messages: 0, known: 1 });
  });
});

test('Open WebUI: the tree, the shown branch, pins and the system prompt', () => {
  const store = open();
  expect(store.import(JSON.stringify(webuiFile()))).toMatchObject({ conversations: 1, messages: 3, known: 0 });
  const { id } = store.list()[0] ?? { id: '' };
  expect(store.get(id)).toMatchObject({ title: 'Bread', pinned: true, system: 'You bake.', createdAt: 1700000000000 });
  expect(store.get(id).messages.map(({ content, siblings }) => [content, siblings?.length])).toEqual([
    ['How?', undefined],
    ['Flour.', 2],
  ]);
});

test('Open WebUI: what the model thought is no part of its answer, in either form of the file', () => {
  const block = (thought: string, facts = 'done="true" duration="3"') =>
    `<details type="reasoning" ${facts}>\n<summary>Thought for 3 seconds</summary>\n${thought}\n</details>`;
  const read = (content: string, role = 'assistant') => {
    const [file] = webuiFile();
    const history = { currentId: 'm', messages: { m: { id: 'm', parentId: null, role, content, timestamp: 1700000001 } } };
    const store = open();
    store.import(JSON.stringify([{ ...file, chat: { ...file?.chat, history } }]));
    const [message] = store.get(store.list()[0]?.id ?? '').messages;
    return [message?.content, message?.answer?.thinking, message?.answer?.thoughtMs];
  };
  expect(read(`${block('> 2 < 3\n> so yes')}\nYes.`)).toEqual(['Yes.', '2 < 3\nso yes', 3000]);
  expect(read(`${block('&gt; 2 &lt; 3 &amp;&amp; it&#x27;s\n&gt; \n&gt; so yes')}\nYes.`)).toEqual([
    'Yes.',
    "2 < 3 && it's\n\nso yes",
    3000,
  ]);
  expect(read(`${block('> a', 'done="true"')}\nFirst.\n\n${block('> b')}\nThen.`)).toEqual(['First.\n\nThen.', 'a\n\nb', 3000]);
  // within code, without an end, and in a question it is what somebody wrote
  for (const text of [`So:\n\n\`\`\`html\n${block('> a')}\n\`\`\``, block('> a').slice(0, -5), `In a line ${block('> a')}`])
    expect(read(text)).toEqual([text, undefined, undefined]);
  expect(read(block('> a'), 'user')).toEqual([block('> a'), undefined, undefined]);
  expect(read(`${block('> a')}\n\`\`\`\n${block('> b')}\n\`\`\``)).toEqual([`\`\`\`\n${block('> b')}\n\`\`\``, 'a', 3000]);
});

describe('what an import says of itself', () => {
  test('pictures that did not come along have their place, and are counted; hidden ones and those of known conversations are not', () => {
    const [file] = gptFile();
    const picture = { content_type: 'image_asset_pointer', asset_pointer: 'file-service://x' };
    const alone = { id: 'p', message: gptMessage('user', [picture]), parent: 'a2', children: [] };
    const made = { id: 'm', message: gptMessage('tool', [picture, picture]), parent: 'p', children: [] };
    const hidden = { id: 'h', message: gptMessage('user', [picture], { recipient: 'browser' }), parent: 'p', children: [] };
    const text = JSON.stringify([{ ...file, current_node: 'm', mapping: { ...file?.mapping, p: alone, m: made, h: hidden } }]);
    const store = open();
    expect(store.import(text)).toMatchObject({ conversations: 1, pictures: 4 });
    expect(store.get(store.list()[0]?.id ?? '').messages.at(-1)?.content).toBe('[image]');
    expect(store.import(text)).toMatchObject({ conversations: 0, known: 1, pictures: 0 });
    const [bread] = webuiFile();
    const asked = { ...bread?.chat.history.messages.q, files: [{ type: 'image', url: '/x' }, { type: 'file' }] };
    const history = { currentId: 'q', messages: { q: asked } };
    expect(open().import(JSON.stringify([{ ...bread, chat: { ...bread?.chat, history } }]))).toMatchObject({ pictures: 1 });
  });

  test('which of the imported ones was written in last; none where all were known', () => {
    const [file] = gptFile();
    const dated = (id: string, update_time: number) => ({ ...file, conversation_id: id, title: id, update_time });
    const store = open();
    const { newest } = store.import(JSON.stringify([dated('a', 1700000000), dated('b', 1800000000), dated('c', 1750000000)]));
    expect(store.list().find(({ id }) => id === newest)?.title).toBe('b');
    const more = store.import(JSON.stringify([dated('b', 1800000000), dated('d', 1600000000)]));
    expect(store.list().find(({ id }) => id === more.newest)?.title).toBe('d');
    expect(store.import(JSON.stringify([dated('b', 1800000000)])).newest).toBeNull();
  });
});

describe('a bad file', () => {
  test.each([
    ['no JSON', 'hello', 'import-damaged'],
    ['half of one', JSON.stringify(gptFile()).slice(0, -20), 'import-damaged'],
    ['another JSON', '{"a":1}', 'import-unknown'],
    ['an empty list', '[]', 'import-unknown'],
    ['null', 'null', 'import-unknown'],
    ['ours, of a later version', '{"axon":"conversations","version":2,"conversations":[]}', 'import-damaged'],
    ['a message without a role', JSON.stringify([{ mapping: { a: { message: { author: {} } } } }]), 'import-damaged'],
    ['one good, one bad', JSON.stringify([...gptFile(), { mapping: { a: { message: 'x' } } }]), 'import-damaged'],
    ['one good, one of another kind', JSON.stringify([...gptFile(), { chat: {} }]), 'import-unknown'],
  ])('%s changes nothing', (_, file, code) => {
    const store = open();
    expect(() => store.import(file)).toThrow(expect.objectContaining({ code }));
    expect(store.list()).toEqual([]);
  });

  test('says where the trouble is', () => {
    expect(() => open().import(JSON.stringify([...gptFile(), { mapping: { a: { message: 'x' } } }]))).toThrow(
      /conversation 2 \/ mapping \/ a \/ message/,
    );
  });

  test('a failure in the middle leaves nothing behind', () => {
    const { store, id } = talked();
    const file = text(store.export(id, 'json'));
    const other = open();
    const broken = JSON.parse(file) as { conversations: { id: string; messages: { role: string; id: string }[] }[] };
    broken.conversations.push({ ...structuredClone(broken.conversations[0]), id: randomUUID(), messages: [{ role: 'nobody', id: 'x' }] });
    expect(() => other.import(JSON.stringify(broken))).toThrow(expect.objectContaining({ code: 'import-damaged' }));
    expect(other.list()).toEqual([]);
  });

  test('circles, lost parents and deep chains end', () => {
    const node = (parent: string | null) => ({ parent, message: gptMessage('user', ['x']) });
    const deep = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`n${n}`, node(n === 0 ? null : `n${n - 1}`)]));
    const store = open();
    const file = [
      { id: 'circle', mapping: { a: node('b'), b: node('a'), c: node('gone') } },
      { id: 'deep', current_node: 'n2999', mapping: deep },
    ];
    expect(store.import(JSON.stringify(file))).toMatchObject({ conversations: 2, messages: 3003 });
    expect(store.list().map(({ id }) => store.get(id).messages.length)).toContain(3000);
  });

  test('any JSON is refused or taken, and never anything else', () => {
    const store = open();
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom('mapping', 'chat', 'axon'), (value, key) => {
        try {
          store.import(JSON.stringify([{ [key]: value }]));
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^import-/) });
        }
      }),
      { numRuns: 100 },
    );
  });
});
