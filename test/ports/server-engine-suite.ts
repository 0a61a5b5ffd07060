// What every engine promises that is a server of its own, on the bad days of that server.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Patience } from '../../src-main/engine/patience.ts';
import type { Engine } from '../../src-main/jobs/ports.ts';
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { PlayedServer } from '../fakes/played-server.ts';
import { report } from '../report.ts';
import { collect, requestFor, textOf } from './engine-suite.ts';

export type ServerHarness<SaidError> = {
  /** As Axon calls it; every server below has it. */
  model: string;
  engineFor(url: string, more?: { patience?: Partial<Patience> }): Engine;
  /** One that is well. */
  play(port?: number): Promise<PlayedServer<SaidError>>;
  /** One that takes a minute to load the model; left out: its model is loaded for as long as it runs. */
  loading?: () => Promise<PlayedServer<SaidError>>;
  /** One that answers anew instead of going on; left out: this one is not asked to go on (engineSuite sees that). */
  anew?: () => Promise<PlayedServer<SaidError>>;
  /** With the words "CUDA error". */
  error: SaidError;
};

const { signal } = new AbortController();

/** Registers the suite. */
export function serverEngineSuite<SaidError>(name: string, harness: ServerHarness<SaidError>): void {
  const { model, engineFor } = harness;
  const running: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of running.splice(0).toReversed()) await end();
  });
  async function started(server: PlayedServer<SaidError>, patience?: Partial<Patience>): Promise<Engine> {
    const engine = engineFor(server.url, patience === undefined ? {} : { patience });
    running.push(server.close, engine.stop);
    await engine.start();
    return engine;
  }
  /** The chunks up to the failure of an answer that has to fail. */
  async function failing(answer: AsyncIterable<ChatChunk>, failure: object): Promise<ChatChunk[]> {
    const seen: ChatChunk[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of answer) seen.push(chunk);
    };
    await expect(read()).rejects.toMatchObject(failure);
    return seen;
  }
  const from = (text: string, parameters = {}) => ({ ...requestFor(model, 'hello', parameters), continued: { text } });

  describe(`engine: ${name}: when its server fails`, () => {
    let server: PlayedServer<SaidError>;
    let engine: Engine;
    const hello = () => engine.chat(requestFor(model, 'hello'), signal);
    beforeEach(async () => {
      server = await harness.play();
      engine = await started(server);
    });

    test('an error in the middle of the stream', async () => {
      server.breakNext(harness.error, 3);
      const seen = await failing(hello(), { code: 'engine-failed', message: expect.stringContaining('CUDA error') });
      expect(seen.filter(({ kind }) => kind === 'text')).toHaveLength(3);
    });

    test('a connection that breaks in the middle of the stream stops a server that is there for no longer than a look', async () => {
      let told = engine.facts().state.kind;
      engine.watch(() => (told = engine.facts().state.kind));
      server.cutNext(3);
      await failing(hello(), { code: 'engine-crashed' });
      expect([told, engine.facts().state.kind]).toEqual(['failed', 'failed']);
      await expect.poll(() => engine.facts().state.kind).toBe('ready');
      expect(told).toBe('ready');
    });

    test('one that is gone is known to be gone with the answer that fails, until it is found again', async () => {
      expect(engine.facts().state.kind).toBe('ready');
      const port = Number(new URL(server.url).port);
      await server.close();
      const failed = await collect(hello()).then(
        () => 'answered',
        () => engine.facts().state,
      );
      // whoever is next in line is not sent after it
      const missing = { kind: 'failed', failure: { code: 'engine-missing' }, retryAt: expect.any(Number) };
      expect(failed).toMatchObject(missing);
      await engine.models();
      expect(engine.facts().state).toMatchObject(missing);
      running.push((await harness.play(port)).close);
      await expect.poll(() => engine.facts().state.kind).toBe('ready');
      expect(textOf(await collect(hello()))).toContain('hello');
    });

    test('one that falls silent', async () => {
      const impatient = await started(server, { writingMs: 200 });
      server.hangNext(3);
      await failing(impatient.chat(requestFor(model, 'hello'), signal), { code: 'engine-stalled' });
      await expect.poll(() => server.writing).toBe(0);
    });

    test('an abort reaches it', async () => {
      server.hangNext(1);
      const abort = new AbortController();
      const answer = collect(engine.chat(requestFor(model, 'hello'), abort.signal));
      await expect.poll(() => server.writing).toBe(1);
      abort.abort();
      await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
      await expect.poll(() => server.writing).toBe(0);
    });

    test('a reader that leaves ends the connection: nothing is written for nobody', async () => {
      server.hangNext(1);
      for await (const { kind } of hello()) if (kind === 'text') break;
      await expect.poll(() => server.writing).toBe(0);
    });
  });

  const { anew, loading } = harness;
  if (anew !== undefined)
    describe(`engine: ${name}: where its server answers anew`, () => {
      let server: PlayedServer<SaidError>;
      let engine: Engine;
      let whole: string;
      beforeEach(async () => {
        server = await anew();
        engine = await started(server);
        whole = textOf(await collect(engine.chat(requestFor(model, 'hello'), signal)));
      });

      test('what it writes again is not shown again', async () => {
        const text = whole.slice(0, 40);
        expect(text + textOf(await collect(engine.chat(from(text), signal)))).toBe(whole);
        expect(server.chats.at(-1)?.['messages']).toEqual([
          { role: 'user', content: 'hello' },
          { role: 'assistant', content: text },
        ]);
      });

      test('in other words, it has not gone on, and nothing of it is shown', async () => {
        const seen = await failing(engine.chat(from('You said “hello” 👍. One two seven eleven'), signal), { code: 'engine-failed' });
        expect(textOf(seen)).toBe('');
      });

      test('ending inside what was there, it has not gone on, and nothing of it is shown', async () => {
        const seen = await failing(engine.chat(from(whole.slice(0, 60), { maxTokens: 8 }), signal), { code: 'engine-failed' });
        expect(textOf(seen)).toBe('');
      });
    });

  if (loading !== undefined)
    test(`engine: ${name}: a server that says nothing any more while it loads is found within 20 s`, { timeout: 120_000 }, async () => {
      const server = await loading();
      const engine = await started(server);
      let frozenAt = 0;
      const read = async (): Promise<void> => {
        for await (const { kind } of engine.chat(requestFor(model, 'hello'), signal)) {
          if (kind !== 'loading' || frozenAt > 0) continue;
          frozenAt = performance.now();
          server.freeze();
        }
      };
      await expect(read()).rejects.toMatchObject({ code: 'engine-stalled' });
      const told = performance.now() - frozenAt;
      // nobody else is sent after it
      expect(engine.facts().state.kind).toBe('failed');
      const figures = report('reliability');
      const note =
        'a played server that takes connections and says nothing; default patience. A runner that hangs behind a server that is well is not found so';
      figures.row({ name: `engine hangs while ${name} loads: until its failure`, value: told, unit: 'ms', limit: 20_000, note });
      figures.write();
      expect(told).toBeLessThan(1.5 * 20_000);
    });
}
