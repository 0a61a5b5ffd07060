import { expect, test } from 'vitest';
import type { Message } from '../../../src-shared/conversation.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { contextUse, effortsFor, leaveOutBefore, mostContext, tooLongAlone } from './context-use.ts';

const view = (contextLength?: number): Pick<SwarmView, 'self' | 'peers' | 'membership'> =>
  ({
    self: { role: { actual: { kind: 'subordinate' } }, models: [] },
    membership: { members: [] },
    peers: [
      {
        state: 'connected',
        offer: {
          leads: {
            engine: { kind: 'embedded' },
            models: [
              { name: 'small', contextLength },
              { name: 'big', contextLength: 32_000 },
            ],
          },
        },
      },
      { state: 'away', offer: { leads: { engine: { kind: 'embedded' }, models: [{ name: 'small', contextLength: 10 }] } } },
    ],
  }) as unknown as Pick<SwarmView, 'self' | 'peers' | 'membership'>;
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

const plain = { parameters: {} };

test('counts what the engine said, and guesses what came since', () => {
  const messages = [message('q'), message('a', { promptTokens: 1000, tokens: 500 }), message('x'.repeat(350))];
  expect(contextUse({ ...plain, messages, system: 'ignored, it is counted' }, '', view(2048), null)).toMatchObject({
    tokens: 1605,
    limit: 2048,
  });
  expect(contextUse({ ...plain, messages, system: '' }, 'x'.repeat(700), view(2048), null)?.tokens).toBe(1810);
  expect(contextUse({ ...plain, messages, system: '' }, '', view(2048), 'big')?.limit).toBe(32_000);
});

test('goes by what the engine reads, not by what the model was made for', () => {
  const served = view(32_000);
  for (const { offer } of served.peers)
    for (const model of offer?.leads?.models ?? []) if (model.name === 'small') model.servedContext = 4096;
  const messages = [message('q'), message('a', { promptTokens: 10, tokens: 5 })];
  expect(contextUse({ ...plain, messages, system: '' }, '', served, null)?.limit).toBe(4096);
});

test('is silent where nobody says how much the model reads', () => {
  expect(contextUse({ ...plain, messages: [message('a', { promptTokens: 10, tokens: 5 })], system: '' }, '', view(), null)).toBeNull();
});

test('a context that is asked for is what Ollama reads, and other engines at most', () => {
  const messages = [message('q'), message('a', { promptTokens: 10, tokens: 5 })];
  const limit = (engine: string, contextTokens: number) => {
    const asked = view(8192);
    for (const { offer } of asked.peers) {
      for (const model of offer?.leads?.models ?? []) model.servedContext = 4096;
      Object.assign(offer?.leads ?? {}, { engine: { kind: engine } });
    }
    return [contextUse({ messages, system: '', parameters: { contextTokens } }, '', asked, null)?.limit, mostContext(asked, 'small')];
  };
  expect(limit('ollama', 6000)).toEqual([6000, 8192]);
  expect(limit('ollama', 16_384)).toEqual([8192, 8192]);
  expect(limit('embedded', 6000)).toEqual([4096, 4096]);
  expect(limit('embedded', 2048)).toEqual([2048, 4096]);
});

test('asks for thinking what some machine with that model takes, and nothing of a model that does not think', () => {
  const thinking = view();
  expect(effortsFor(thinking, null)).toBeNull();
  const [small, big] = thinking.peers[0]?.offer?.leads?.models ?? [];
  Object.assign(small ?? {}, { capabilities: ['thinking'], efforts: ['off'] });
  expect([effortsFor(thinking, 'small'), effortsFor(thinking, 'big'), effortsFor(thinking, null)]).toEqual([['off'], null, ['off']]);
  // an older Axon does not say
  Object.assign(big ?? {}, { capabilities: ['thinking'] });
  expect(effortsFor(thinking, 'big')).toEqual(['off', 'low', 'medium', 'high']);
  Object.assign(small ?? {}, { efforts: [] });
  expect(effortsFor(thinking, 'small')).toEqual([]);
});

test('what is left out takes nothing, and what engines counted before that tells nothing', () => {
  const long = 'x'.repeat(3500);
  const at = (time: number, one: Message): Message => ({ ...one, id: `${time}`, createdAt: time });
  const messages = [
    at(1, message(long)),
    at(2, message('a', { promptTokens: 1010, tokens: 5 })),
    at(3, message('short')),
    at(4, message('b', { promptTokens: 1020, tokens: 5 })),
  ];
  const of = (leftOut?: { before: string | null; at: number }, more: Message[] = []) =>
    contextUse(
      { ...plain, messages: [...messages, ...more], system: '', ...(leftOut === undefined ? {} : { leftOut }) },
      '',
      view(2048),
      null,
    )?.tokens;
  expect(of()).toBe(1025);
  expect(of({ before: '3', at: 5 })).toBe(13);
  expect(of({ before: '3', at: 5 }, [at(6, message('c', { promptTokens: 40, tokens: 2 }))])).toBe(42);
  // taken back
  expect(of({ before: null, at: 7 }, [at(6, message('c', { promptTokens: 40, tokens: 2 }))])).toBeGreaterThan(1010);
});

test('leaves out the oldest down to half, from a question on, and never the last one', () => {
  const turn = (id: string, length: number): Message[] => [
    { ...message('x'.repeat(length)), id },
    { ...message('y'), id: `${id}-answer`, role: 'assistant' },
  ];
  const messages = [...turn('a', 350), ...turn('b', 350), ...turn('c', 350), ...turn('d', 350)];
  const from = (limit: number, before?: string) =>
    leaveOutBefore({ ...plain, messages, system: '', ...(before === undefined ? {} : { leftOut: { before, at: 0 } }) }, limit);
  expect([from(500), from(300), from(10)]).toEqual(['c', 'd', 'd']);
  expect([from(500, 'c'), from(10, 'd')]).toEqual(['d', null]);
});

test('files that are put to questions are left out with them, and make room', () => {
  const text = { kind: 'text' as const, id: 'a', name: 'a.txt', bytes: 700, characters: 700 };
  const turn = (id: string): Message[] => [
    { ...message('x'), id, attachments: [text] },
    { ...message('y'), id: `${id}-answer`, role: 'assistant' },
  ];
  const messages = [...turn('a'), ...turn('b'), ...turn('c')];
  expect(leaveOutBefore({ ...plain, messages, system: '' }, 500)).toBe('c');
  const use = (before?: string) =>
    contextUse({ ...plain, messages, system: '', ...(before === undefined ? {} : { leftOut: { before, at: 0 } }) }, '', view(2048), null)
      ?.tokens;
  expect((use() ?? 0) - (use('b') ?? 0)).toBe((use('b') ?? 0) - (use('c') ?? 0));
});

test('what is put to messages and to the draft counts too, where it is not counted yet', () => {
  const text = { kind: 'text' as const, id: 'a', name: 'a.txt', bytes: 700, characters: 700 };
  const image = { kind: 'image' as const, id: 'b', name: 'b.png', bytes: 9, width: 560, height: 280 };
  const before = { ...message('a', { promptTokens: 10, tokens: 5 }), attachments: [text] };
  const use = (messages: Parameters<typeof contextUse>[0]['messages'], attached: Parameters<typeof contextUse>[4] = []) =>
    contextUse({ messages, system: '', parameters: {} }, '', view(2048), null, attached)?.tokens;
  expect(use([before])).toBe(15);
  expect(use([before], [text])).toBe(15 + 205);
  expect(use([before], [image])).toBe(15 + 200);
  expect(use([before, { ...message('q'), attachments: [text, image] }])).toBe(use([before, message('q')], [text, image]));
});

test('what is asked is too long alone where it is so without a word of what came before; the file that is so by itself is named', () => {
  const file = (name: string, characters: number) => ({ kind: 'text' as const, id: name, name, bytes: characters, characters });
  const begun = { ...plain, system: '', messages: [message('q'), message('a', { promptTokens: 4000, tokens: 90 })] };
  const alone = (system: string, question: string, model: string | null, files: ReturnType<typeof file>[]) =>
    tooLongAlone({ ...begun, system }, question, view(4096), model, files);
  expect(alone('', 'short', null, [])).toBeNull();
  expect(alone('', 'short', null, [file('short.txt', 7000)])).toBeNull();
  expect(alone('', 'short', null, [file('short.txt', 7000), file('long.txt', 17_500)])).toEqual({
    file: { id: 'long.txt', name: 'long.txt' },
    model: 'small',
    limit: 4096,
    reader: 'big',
  });
  // together, with what the model is told
  expect(alone('x'.repeat(7000), 'x'.repeat(700), null, [file('short.txt', 7000)])).toMatchObject({ file: null, reader: 'big' });
  expect(alone('', '', 'big', [file('long.txt', 17_500)])).toBeNull();
  expect(alone('', '', 'big', [file('huge.txt', 350_000)])).toMatchObject({ file: { name: 'huge.txt' }, model: 'big', reader: null });
  expect(tooLongAlone(begun, 'x'.repeat(99_000), view(), null, [])).toBeNull();
});
