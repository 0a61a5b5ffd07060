import { expect, test } from 'vitest';
import { jpegOf, redPng } from '../../test/fakes/pictures.ts';
import { chatLimits, type ChatRequest } from '../../src-shared/chat.ts';
import { toFailure } from '../../src-shared/failure.ts';
import { imageLimits } from '../../src-shared/image.ts';
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

const asking = (...messages: { content?: string; images?: unknown }[]): Uint8Array =>
  jsonFrame({
    id: '00000000-0000-4000-8000-000000000000',
    messages: messages.map((message) => ({ role: 'user', content: '', ...message })),
    parameters: {},
  }).subarray(4);
const refusal = (body: Uint8Array): string => {
  try {
    parseOpening(body);
  } catch (error) {
    return toFailure(error).code;
  }
  return 'none';
};

test('pictures come with the messages that they belong to', () => {
  const messages = [{ content: 'one', images: [redPng] }, { content: 'two' }, { content: 'three', images: [jpegOf(9, 9), redPng] }];
  expect(parseOpening(asking(...messages))).toMatchObject({ ask: { messages } });
});

test('what is no picture never reaches an engine, nor do too many or too large ones', () => {
  const png = Buffer.from(redPng, 'base64');
  const largest = Buffer.concat([png, Buffer.alloc(imageLimits.bytes - png.length)]).toString('base64');
  const all = Array.from({ length: imageLimits.count }, () => redPng);
  const bad: [string, Uint8Array, string][] = [
    ['no list', asking({ images: redPng }), 'bad-request'],
    ['no text', asking({ images: [png.length] }), 'bad-request'],
    ['another kind', asking({ images: [Buffer.from('GIF89a0123456789').toString('base64')] }), 'bad-request'],
    ['an address', asking({ images: ['https://example.com/a.png'] }), 'bad-request'],
    [
      'one byte too many',
      asking({ images: [Buffer.concat([Buffer.from(largest, 'base64'), Buffer.alloc(3)]).toString('base64')] }),
      'bad-request',
    ],
    ['pixels beyond measure', asking({ images: [jpegOf(65_000, 65_000)] }), 'bad-request'],
    ['too many with one message', asking({ images: [...all, redPng] }), 'bad-request'],
    ['too many with all', asking({ images: all }, { images: [redPng] }), 'too-many-images'],
    [
      'more than a question may be, with the text',
      asking({ images: all.map(() => largest), content: 'x'.repeat(chatLimits.textBytes / 4) }),
      'prompt-too-long',
    ],
  ];
  for (const [what, body, code] of bad) expect([what, refusal(body)]).toEqual([what, code]);
  expect(refusal(asking({ images: all.map(() => largest) }))).toBe('none');
});

test('what a newer Axon asks for and this one does not know is left out, and the rest is answered', () => {
  const request = { id: '00000000-0000-4000-8000-000000000000', messages: [{ role: 'user', content: 'hi' }], parameters: { seed: 1 } };
  const newer = { ...request, parameters: { seed: 1, afterthought: 'long' } };
  expect(parseOpening(jsonFrame(newer).subarray(4))).toEqual({ ask: request });
});
