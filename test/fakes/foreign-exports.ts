// Files of conversations as other programs write them.
import { randomUUID } from 'node:crypto';

/** A message of a file of ChatGPT's. */
export const gptMessage = (role: string, parts: unknown[], more: object = {}) => ({
  id: randomUUID(),
  author: { role, name: null, metadata: {} },
  create_time: role === 'user' ? 1700000001.5 : 1700000002.25,
  content: { content_type: 'text', parts },
  status: 'finished_successfully',
  recipient: 'all',
  metadata: role === 'assistant' ? { model_slug: 'gpt-4o' } : {},
  ...more,
});
/** As ChatGPT writes it: a root without a message, a hidden system message, a tool call, and a question that was edited. */
export const gptFile = () => [
  {
    title: 'Tides',
    create_time: 1700000000.1,
    update_time: 1700000100.2,
    conversation_id: 'abc-1',
    current_node: 'a2',
    moderation_results: [],
    mapping: {
      root: { id: 'root', message: null, parent: null, children: ['s'] },
      s: {
        id: 's',
        message: gptMessage('system', [''], { metadata: { is_visually_hidden_from_conversation: true } }),
        parent: 'root',
        children: ['q1', 'q2'],
      },
      q1: { id: 'q1', message: gptMessage('user', ['Why tides?']), parent: 's', children: ['a1'] },
      a1: { id: 'a1', message: gptMessage('assistant', ['The moon.']), parent: 'q1', children: [] },
      q2: {
        id: 'q2',
        message: gptMessage('user', [{ content_type: 'image_asset_pointer' }, 'Why two tides a day?']),
        parent: 's',
        children: ['t'],
      },
      t: { id: 't', message: gptMessage('assistant', ['search("tides")'], { recipient: 'browser' }), parent: 'q2', children: ['o'] },
      o: { id: 'o', message: gptMessage('tool', ['result']), parent: 't', children: ['a2'] },
      a2: { id: 'a2', message: gptMessage('assistant', ['Two bulges.']), parent: 'o', children: [] },
    },
  },
];

const webuiMessage = (id: string, parentId: string | null, role: string, content: string, timestamp: number) => ({
  id,
  parentId,
  childrenIds: [],
  role,
  content,
  timestamp,
  ...(role === 'assistant' ? { model: 'llama3.2:1b', done: true } : { models: ['llama3.2:1b'] }),
});
/** As Open WebUI writes it: two answers to one question, of which the first one is shown. */
export const webuiFile = () => [
  {
    id: '0b4f',
    user_id: 'u',
    title: 'Bread',
    updated_at: 1700000100,
    created_at: 1700000000,
    pinned: true,
    chat: {
      title: 'Bread',
      models: ['llama3.2:1b'],
      params: { system: 'You bake.' },
      history: {
        currentId: 'a1',
        messages: {
          q: webuiMessage('q', null, 'user', 'How?', 1700000001),
          a1: webuiMessage('a1', 'q', 'assistant', 'Flour.', 1700000002),
          a2: webuiMessage('a2', 'q', 'assistant', 'Yeast.', 1700000003),
        },
      },
      messages: [],
    },
  },
];
