import { expect, test } from 'vitest';
import { chatLimits, type ChatRequest } from '../../src-shared/chat.ts';
import { parseOpening } from './chat-protocol.ts';
import { jsonFrame } from './frames.ts';

test('the largest question that is legal is taken: failover of a long answer included', () => {
  const request: ChatRequest = {
    id: '00000000-0000-4000-8000-000000000000',
    model: 'm',
    conversation: '00000000-0000-4000-8000-000000000001',
    attempt: 1,
    messages: Array.from({ length: chatLimits.messages }, () => ({ role: 'user' as const, content: '[{,}]' })),
    parameters: {
      temperature: 1,
      topP: 1,
      topK: 1,
      maxTokens: 1,
      seed: 1,
      stop: Array.from({ length: chatLimits.stops }, (_, at) => `stop ${at}`),
      think: 'low',
      contextTokens: 8192,
    },
    continued: {
      text: 'x'.repeat(100_000),
      tokens: { ids: Array.from({ length: chatLimits.tokens }, (_, at) => 200_000 + at), digest: 'f', build: 'b' },
    },
  };
  expect(parseOpening(jsonFrame(request).subarray(4))).toEqual({ ask: request });
});

test('what a newer Axon asks for and this one does not know is left out, and the rest is answered', () => {
  const request = { id: '00000000-0000-4000-8000-000000000000', messages: [{ role: 'user', content: 'hi' }], parameters: { seed: 1 } };
  const newer = { ...request, parameters: { seed: 1, afterthought: 'long' } };
  expect(parseOpening(jsonFrame(newer).subarray(4))).toEqual({ ask: request });
});
