import { describe, expect, test } from 'vitest';
import { fakeEngine } from '../fakes/fake-engine.ts';
import { collect, engineSuite, requestFor, textOf } from './engine-suite.ts';

const thinking = { model: 'ponderer', thought: 'Hm. Rayleigh, then; short waves scatter more.' };
const models = { models: ['fake', thinking.model], thinks: { [thinking.model]: thinking.thought } };

engineSuite('fake', async () => ({
  engine: fakeEngine({ ...models, tokensPerSecond: 1000, loadMs: 5 }),
  model: 'fake',
  tooManyWords: 5000,
  exactFromText: true,
  thinking,
  clean: async () => {},
}));

engineSuite('fake with token ids', async () => ({
  engine: fakeEngine({ ...models, tokensPerSecond: 1000, loadMs: 5, tokenIds: true }),
  model: 'fake',
  tooManyWords: 5000,
  exactFromText: true,
  thinking,
  clean: async () => {},
}));

describe('the fake engine misbehaves when told to', () => {
  const signal = new AbortController().signal;

  test('fails with a code after some texts', async () => {
    const engine = fakeEngine();
    await engine.start();
    engine.failNext('engine-failed', 2);
    const texts: string[] = [];
    const read = async () => {
      for await (const chunk of engine.chat(requestFor('fake', 'hello'), signal)) if (chunk.kind === 'text') texts.push(chunk.text);
    };
    await expect(read()).rejects.toMatchObject({ code: 'engine-failed' });
    expect(texts).toHaveLength(2);
  });

  test('hangs and goes on', async () => {
    const engine = fakeEngine();
    await engine.start();
    engine.hang();
    const answer = collect(engine.chat(requestFor('fake', 'hello'), signal));
    await expect.poll(() => engine.facts().slots.free).toBe(3);
    engine.resume();
    expect(textOf(await answer)).toContain('hello');
  });

  test('crashes with every running answer', async () => {
    const engine = fakeEngine();
    await engine.start();
    engine.hang();
    const answers = ['a', 'b'].map((text) => collect(engine.chat(requestFor('fake', text), signal)).catch((error: unknown) => error));
    await expect.poll(() => engine.facts().slots.free).toBe(2);
    engine.crash();
    for (const answer of answers) expect(await answer).toMatchObject({ code: 'engine-crashed' });
    expect(engine.facts().state.kind).toBe('failed');
  });
});
