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
    },
    continued: {
      text: 'x'.repeat(100_000),
      tokens: { ids: Array.from({ length: chatLimits.tokens }, (_, at) => 200_000 + at), digest: 'f', build: 'b' },
    },
  };
  expect(parseOpening(jsonFrame(request).subarray(4))).toEqual({ ask: request });
});
