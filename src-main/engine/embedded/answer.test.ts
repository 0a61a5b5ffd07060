// One answer against a model that is played: what reaches the tokenizer, and what is told of thoughts.
import type { LLamaChatGenerateResponseOptions, Token } from 'node-llama-cpp';
import { expect, test } from 'vitest';
import { thinkEffort } from '../../../src-shared/model.ts';
import { answer, type AnswerEvents, type Question } from './answer.ts';
import type { LoadedModel } from './loaded-models.ts';

type Piece = { thought?: boolean; text: string; tokens: number[] };

/** A model of 100 tokens of context whose tokens are characters, and which writes `pieces`. thoughts: they are told apart */
function played(pieces: readonly Piece[] = [], thoughts = true) {
  const tokenized: number[] = [];
  let gate: { made: (token: Token) => void } | undefined;
  const asked: LLamaChatGenerateResponseOptions[] = [];
  const generateResponse = async (_history: unknown, options: LLamaChatGenerateResponseOptions) => {
    const { onResponseChunk } = options;
    asked.push(options);
    for (const { thought, text, tokens } of pieces) {
      for (const token of tokens) gate?.made(token as Token);
      const chunk = { text, tokens: tokens as Token[] };
      if (thought === true) onResponseChunk?.({ ...chunk, type: 'segment', segmentType: 'thought' });
      else onResponseChunk?.({ ...chunk, type: undefined, segmentType: undefined });
    }
    return { metadata: { stopReason: 'eogToken' } };
  };
  const loaded = {
    name: 'played',
    contextLength: 100,
    thoughts,
    wrapper: {
      generateContextState: ({ chatHistory }: { chatHistory: unknown }) => ({
        contextText: {
          tokenize: () => {
            tokenized.push(JSON.stringify(chatHistory).length);
            return [1, 2, 3];
          },
        },
      }),
    },
    model: {
      tokenizer: {},
      isEogToken: () => false,
      fileInfo: { metadata: { tokenizer: { ggml: { tokens: { length: 256 } } } } },
      detokenize: (tokens: readonly number[]) => {
        tokenized.push(tokens.length);
        return String.fromCodePoint(...tokens);
      },
    },
    free: [
      {
        gated: {
          sequence: { clearHistory: async () => undefined, compareContextTokens: () => ({ firstDifferentIndex: 0 }) },
          use: (next: typeof gate) => void (gate = next),
        },
        chat: { generateResponse },
      },
    ],
    line: [],
    running: 0,
  } as unknown as LoadedModel;
  const told: (string | number[] | undefined)[][] = [];
  const events: AnswerEvents = {
    waiting: () => undefined,
    reading: () => undefined,
    text: (text, tokens) => void told.push(['text', text, tokens]),
    thinking: (text, tokens) => void told.push(['thinking', text, tokens]),
    busy: () => undefined,
    room: async () => undefined,
  };
  const ask = (question: Partial<Question>) =>
    answer(
      loaded,
      { messages: [{ role: 'user', content: 'hi' }], parameters: { temperature: 0 }, ...question },
      new AbortController().signal,
      events,
    );
  return { ask, asked, tokenized, told };
}

test('an answer so far that no context could hold is refused before anything of it is tokenized', async () => {
  const { ask, tokenized } = played();
  const text = 'word '.repeat(1_000_000);
  await expect(ask({ begun: { text, exactMs: 0 } })).rejects.toMatchObject({ code: 'prompt-too-long' });
  const ids = Array.from({ length: 100 }, () => 97);
  await expect(ask({ begun: { text: 'a'.repeat(100), ids, exactMs: 0 } })).rejects.toMatchObject({ code: 'prompt-too-long' });
  // ids that are not what it was made of do not help it in
  await expect(ask({ begun: { text, ids: [97], exactMs: 0 } })).rejects.toMatchObject({ code: 'prompt-too-long' });
  expect(tokenized).toEqual([]);
});

test('what the model thinks is told apart from its text, each with the tokens it was made of', async () => {
  const { ask, told } = played([
    { thought: true, text: '', tokens: [1] },
    { thought: true, text: 'hm', tokens: [2, 3] },
    { thought: true, text: '', tokens: [4] },
    { text: 'Yes', tokens: [5] },
    { text: '.', tokens: [6] },
  ]);
  expect(await ask({})).toMatchObject({ tokens: 6, reason: 'stop' });
  expect(told).toEqual([
    ['thinking', 'hm', [1, 2, 3]],
    ['text', 'Yes', [4, 5]],
    ['text', '.', [6]],
  ]);
});

test('what was thought before an answer that goes on from its tokens is not told again', async () => {
  const { ask, told } = played([
    { thought: true, text: 'hm', tokens: [] },
    { text: 'abc', tokens: [] },
    { text: 'd', tokens: [100] },
    { thought: true, text: 'so', tokens: [101] },
    { text: 'e', tokens: [102] },
  ]);
  await ask({ begun: { text: 'abc', ids: [97, 98, 99], exactMs: 0 } });
  expect(told.map(([kind, text]) => [kind, text])).toEqual([
    ['text', 'd'],
    ['thinking', 'so'],
    ['text', 'e'],
  ]);
});

test('thinks in as much of its context as it is asked to, where its thoughts can be told from its text', async () => {
  const { ask, asked } = played();
  for (const think of thinkEffort.options) await ask({ parameters: { think } });
  await ask({});
  expect(asked.map(({ budgets }) => budgets?.thoughtTokens)).toEqual([0, 12, 25, 50, undefined]);
  const mute = played([], false);
  await mute.ask({ parameters: { think: 'off' } });
  expect(mute.asked[0]).not.toHaveProperty('budgets');
});

test('a context that is asked for bounds question and answer, and is no longer than there is', async () => {
  const { ask, asked } = played();
  await ask({ parameters: { contextTokens: 40 } });
  await ask({ parameters: { contextTokens: 4096 } });
  expect(asked.map(({ maxTokens }) => maxTokens)).toEqual([33, 93]);
  await ask({ parameters: { contextTokens: 40, think: 'high' } });
  expect(asked.at(-1)?.budgets?.thoughtTokens).toBe(20);
  await expect(ask({ parameters: { contextTokens: 34 } })).rejects.toMatchObject({ message: expect.stringContaining('takes 34') });
});
