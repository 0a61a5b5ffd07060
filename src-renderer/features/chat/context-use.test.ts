import { expect, test } from 'vitest';
import type { Message } from '../../../src-shared/conversation.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { contextUse } from './context-use.ts';

const view = (contextLength?: number): Pick<SwarmView, 'self' | 'peers'> =>
  ({
    self: { role: { actual: { kind: 'subordinate' } }, models: [] },
    peers: [
      {
        state: 'connected',
        offer: {
          leads: {
            models: [
              { name: 'small', contextLength },
              { name: 'big', contextLength: 32_000 },
            ],
          },
        },
      },
      { state: 'away', offer: { leads: { models: [{ name: 'small', contextLength: 10 }] } } },
    ],
  }) as unknown as Pick<SwarmView, 'self' | 'peers'>;
const message = (content: string, figures?: { promptTokens: number; tokens: number }): Message => ({
  id: content,
  parent: null,
  role: figures === undefined ? 'user' : 'assistant',
  content,
  createdAt: 0,
  ...(figures === undefined
    ? {}
    : {
        answer: {
          state: 'done',
          placement: null,
          model: 'small',
          failure: null,
          figures: { ...figures, tokensPerSecond: 1, timeToFirstTokenMs: 1 },
        },
      }),
});

test('counts what the engine said, and guesses what came since', () => {
  const messages = [message('q'), message('a', { promptTokens: 1000, tokens: 500 }), message('x'.repeat(350))];
  expect(contextUse({ messages, system: 'ignored, it is counted' }, '', view(2048), null)).toMatchObject({ tokens: 1605, limit: 2048 });
  expect(contextUse({ messages, system: '' }, 'x'.repeat(700), view(2048), null)?.tokens).toBe(1810);
  expect(contextUse({ messages, system: '' }, '', view(2048), 'big')?.limit).toBe(32_000);
});

test('goes by what the engine reads, not by what the model was made for', () => {
  const served = view(32_000);
  for (const { offer } of served.peers)
    for (const model of offer?.leads?.models ?? []) if (model.name === 'small') model.servedContext = 4096;
  const messages = [message('q'), message('a', { promptTokens: 10, tokens: 5 })];
  expect(contextUse({ messages, system: '' }, '', served, null)?.limit).toBe(4096);
});

test('is silent where nobody says how much the model reads', () => {
  expect(contextUse({ messages: [message('a', { promptTokens: 10, tokens: 5 })], system: '' }, '', view(), null)).toBeNull();
});
