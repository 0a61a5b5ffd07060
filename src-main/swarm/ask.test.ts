import { describe, expect, test } from 'vitest';
import { chatLimits, type ChatChunk, type ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { done, kinds, lost, request, run, shown, swarm, text, thought, type Step } from '../../test/fakes/asked-swarm.ts';
import { fakeLeader } from '../../test/fakes/fake-offer.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { redPng } from '../../test/fakes/pictures.ts';
import type { Candidate } from './placement.ts';
import { silencePace } from './silence.ts';
import { suspects } from './suspects.ts';

describe('a question through the swarm', () => {
  test('whoever said that the share is used up is not asked again soon, unless there is nobody else', async () => {
    const used = new Failure('quota-used', 'enough', { retryAfterMs: 3_600_000 });
    const clock = handClock();
    const options = { clock, suspects: suspects(clock) };
    const world = swarm({ a: [used], b: [text('x'), done()] }, options);
    for (let times = 0; times < 3; times += 1) expect((await run(world)).error).toBeNull();
    expect(world.asked.map(({ who }) => who).join('')).toBe('abbb');
    const alone = swarm({ a: [[used], [text('x'), done()]] }, options);
    expect((await run(alone)).error).toBe(used);
    expect((await run(alone)).error).toBeNull();
  });

  test('is placed, relayed, and measured by the asker', async () => {
    const world = swarm({ a: [50, text('x'), 100, text('y'), 100, text('z'), done()] });
    const { chunks, error } = await run(world);
    expect(error).toBeNull();
    expect(kinds(chunks)).toBe('placed:a text text text done');
    expect(chunks.at(-1)).toMatchObject({ figures: { tokens: 3, tokensPerSecond: 10, timeToFirstTokenMs: 50 } });
    expect(world.asked[0]?.request).toMatchObject({ model: 'tiny', attempt: 0 });
  });

  test('a model that thinks for minutes is alive: nobody else is asked, and no thought is in the answer', async () => {
    const thoughts = Array.from({ length: 30 }, () => [5000, thought('hm ')]).flat();
    const world = swarm({ a: [...thoughts, 5000, text('Yes.'), done(31)], b: [text('No.'), done()] });
    const { chunks, error } = await run(world);
    expect([error, world.asked.map(({ who }) => who), shown(chunks)]).toEqual([null, ['a'], 'Yes.']);
    expect(chunks.filter(({ kind }) => kind === 'thinking')).toHaveLength(30);
    // the first sign of the model is its first thought, and its speed is that of thinking and writing
    expect(chunks.at(-1)).toMatchObject({ figures: { tokens: 31, tokensPerSecond: 0.2, timeToFirstTokenMs: 5000 } });
  });

  test('what was thought by one that is lost before it wrote is thought again by the next', async () => {
    const asking = { ...request, parameters: { maxTokens: 10 } };
    const world = swarm({ a: [thought('hm'), 100, thought('so'), lost], b: [thought('well'), text('Yes.'), done()] });
    const { chunks } = await run(world, asking);
    expect(kinds(chunks)).toBe('placed:a thinking thinking seam placed:b thinking text done');
    expect(chunks[3]).toMatchObject({ at: 0 });
    expect(world.asked[1]?.request).toMatchObject({ parameters: { maxTokens: 10 } });
    expect(world.asked[1]?.request.continued).toBeUndefined();
  });

  test('an answer of more tokens than a question may carry goes on from its text', async () => {
    const began: ChatChunk = { kind: 'began', model: 'tiny', digest: 'f', build: 'b' };
    const much = Array.from({ length: chatLimits.tokens / 2 }, (_, at) => at);
    const part = { ...text('x'), tokens: much } as ChatChunk;
    const world = swarm({ a: [began, part, part, lost], b: [text('y'), done()], c: [text('z'), done()] });
    await run(world);
    expect(world.asked[1]?.request.continued?.tokens?.ids).toHaveLength(chatLimits.tokens);
    const more = swarm({ a: [began, part, part, { ...text('x'), tokens: [1] } as ChatChunk, lost], b: [text('y'), done()] });
    await run(more);
    expect(more.asked[1]?.request.continued).toEqual({ text: 'xxx' });
  });

  test('the tokens of thoughts go along with the text that came after them, and no others', async () => {
    const began: ChatChunk = { kind: 'began', model: 'tiny', digest: 'f', build: 'b' };
    const asking = { ...request, parameters: { maxTokens: 10 } };
    const a = [began, thought('hm', [1, 2]), { ...text('One'), tokens: [3] }, { ...text('') }, thought('then', [4]), lost] as Step[];
    const world = swarm({ a, b: [text(' two'), done()] });
    const { chunks } = await run(world, asking);
    expect(shown(chunks)).toBe('One two');
    expect(world.asked[1]?.request).toMatchObject({
      continued: { text: 'One', tokens: { ids: [1, 2, 3], digest: 'f', build: 'b' } },
      parameters: { maxTokens: 7 },
    });
  });

  test.each(['leader-lost', 'queue-full', 'draining', 'engine-crashed', 'model-missing', 'not-reachable', 'paused'] as const)(
    'goes to the next one after %s before any text',
    async (code) => {
      const world = swarm({ a: [{ kind: 'queued', position: 1 }, 20, new Failure(code, 'no')], b: [text('x'), done()] });
      const { chunks, error } = await run(world);
      expect(error).toBeNull();
      expect(kinds(chunks)).toBe('placed:a queued seam placed:b text done');
      expect(chunks[2]).toEqual({ kind: 'seam', lost: { peerId: 'a', name: 'a' }, code, at: 0 });
      // the person waited through both
      expect(chunks.at(-1)).toMatchObject({ figures: { timeToFirstTokenMs: 20 } });
      expect(world.asked[1]?.request.attempt).toBe(1);
      expect(world.asked[1]?.request.continued).toBeUndefined();
    },
  );

  test('an answer about a picture goes on at a machine that sees it, and has it with it', async () => {
    const asking: ChatRequest = { ...request, messages: [{ role: 'user', content: 'what is it', images: [redPng] }] };
    const engine = { kind: 'fake' as const, device: { kind: 'cpu' as const, name: '', why: '' }, images: true };
    const models = [{ name: 'tiny', loaded: true, capabilities: ['vision' as const] }];
    const nodes = (): Candidate[] => [
      fakeLeader('a', { leads: { engine, models } }),
      // nearer, and blind
      fakeLeader('b', { latencyMs: 0 }),
      fakeLeader('c', { latencyMs: 90, leads: { engine, models } }),
    ];
    const world = swarm({ a: [text('a red '), lost], b: [text('?'), done()], c: [text('dot'), done()] }, { nodes });
    const { chunks, error } = await run(world, asking);
    expect([error, world.asked.map(({ who }) => who).join(''), shown(chunks)]).toEqual([null, 'ac', 'a red dot']);
    expect(world.asked[1]?.request).toMatchObject({ messages: asking.messages, continued: { text: 'a red ' } });
    const alone = swarm({ a: [text('a red '), lost], b: [text('?'), done()] }, { nodes: () => nodes().slice(0, 2) });
    expect((await run(alone, asking)).error).toMatchObject({ code: 'leader-lost' });
    expect(alone.asked.map(({ who }) => who).join('')).toBe('a');
  });

  test('a bad question is not asked elsewhere', async () => {
    const world = swarm({ a: [new Failure('prompt-too-long', 'no')], b: [done()] });
    expect((await run(world)).error).toMatchObject({ code: 'prompt-too-long' });
    expect(world.asked).toHaveLength(1);
  });

  test('the last failure is told when nobody is left', async () => {
    const world = swarm({ a: [new Failure('queue-full', 'no')], b: [new Failure('engine-crashed', 'no')] });
    expect((await run(world)).error).toMatchObject({ code: 'engine-crashed' });
    expect(world.asked.map(({ who }) => who)).toEqual(['a', 'b']);
  });

  test('an answer that just stops was lost', async () => {
    expect((await run(swarm({ a: [text('x')] }))).error).toMatchObject({ code: 'leader-lost' });
  });

  test('a pinned leader is not replaced', async () => {
    const world = swarm({ a: [done()], b: [lost] }, { pinned: 'b' });
    expect((await run(world)).error).toMatchObject({ code: 'leader-lost' });
    expect(world.asked.map(({ who }) => who)).toEqual(['b']);
  });

  test('this machine is asked without the network', async () => {
    const { chunks } = await run(swarm({ me: [text('x'), done()] }, { mine: 'me' }));
    expect(chunks[0]).toMatchObject({ kind: 'placed', placement: { local: true } });
  });

  test('what a leader says about placement is not believed', async () => {
    const lie: ChatChunk = {
      kind: 'placed',
      placement: { leader: { peerId: 'x', name: 'x' }, model: 'x', local: true, reason: 'name', candidates: [] },
    };
    const lies: ChatChunk[] = [
      lie,
      { kind: 'seam', lost: { peerId: 'x', name: 'x' }, code: 'leader-lost', at: 7 },
      { kind: 'waiting', code: 'no-leader' },
    ];
    expect(kinds((await run(swarm({ a: [...lies, text('x'), done()] }))).chunks)).toBe('placed:a text done');
  });

  test('cancel is not a failure and asks nobody else', async () => {
    const stop = new AbortController();
    const { chat, asked } = swarm({ a: [lost], b: [done()] });
    const chunks: ChatChunk[] = [];
    const running = (async () => {
      for await (const chunk of chat(request, stop.signal)) {
        chunks.push(chunk);
        stop.abort();
      }
    })();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect([kinds(chunks), asked.length]).toEqual(['placed:a', 0]);
  });

  test('leaving the loop ends the work', async () => {
    const { chat, open, clock } = swarm({ a: [text('x'), 1000, text('y'), done()] });
    for await (const chunk of chat(request, new AbortController().signal)) if (chunk.kind === 'text') break;
    await clock.run(0);
    expect([open.size, clock.timers()]).toEqual([0, 0]);
  });
});

describe('a leader that goes away in the middle', () => {
  const began = (digest: string, build = 'b'): ChatChunk => ({ kind: 'began', model: 'tiny', digest, build });
  const word = (content: string, ...tokens: number[]): ChatChunk => ({ kind: 'text', text: content, tokens });

  test('another one goes on from exactly what was shown, and the figures are of both', async () => {
    const world = swarm({ a: [10, text('one '), 10, text('two '), 10, lost], b: [100, text('three'), 10, text('!'), done(2)] });
    const { chunks, error } = await run(world);
    expect(error).toBeNull();
    expect(kinds(chunks)).toBe('placed:a text text seam placed:b text text done');
    expect(shown(chunks)).toBe('one two three!');
    expect(chunks[3]).toEqual({ kind: 'seam', lost: { peerId: 'a', name: 'a' }, code: 'leader-lost', at: 8 });
    expect(world.asked[1]?.request).toMatchObject({ continued: { text: 'one two ' }, attempt: 1, id: request.id, model: 'tiny' });
    // two tokens in 10 + 10 ms of writing, after the first one of each; what lay between is no writing
    expect(chunks.at(-1)).toMatchObject({ figures: { tokens: 4, tokensPerSecond: 100, timeToFirstTokenMs: 10 } });
  });

  test('the next one may write what is left of a bound, and nothing when nothing is left', async () => {
    const bounded = { ...request, parameters: { maxTokens: 3, temperature: 0 } };
    const world = swarm({ a: [word('a', 1, 2), lost], b: [word('b', 3), done(1)] });
    await run(world, bounded);
    expect(world.asked.map((one) => one.request.parameters)).toEqual([
      { maxTokens: 3, temperature: 0 },
      { maxTokens: 1, temperature: 0 },
    ]);
    const whole = swarm({ a: [20, word('a', 1, 2), 20, word('b', 3), lost], b: [done()] });
    const { chunks } = await run(whole, bounded);
    expect(kinds(chunks)).toBe('placed:a text text done');
    expect(chunks.at(-1)).toMatchObject({ reason: 'length', figures: { tokens: 3, tokensPerSecond: 50, timeToFirstTokenMs: 20 } });
  });

  test('tokens go along while file and build stay the same, and never again after another one wrote', async () => {
    const same = swarm({
      a: [began('f'), word('a', 1), word('b', 2, 3), lost],
      b: [began('f'), word('c', 4), lost],
      c: [began('f'), done()],
    });
    await run(same);
    expect(same.asked.map((one) => one.request.continued)).toEqual([
      undefined,
      { text: 'ab', tokens: { ids: [1, 2, 3], digest: 'f', build: 'b' } },
      { text: 'abc', tokens: { ids: [1, 2, 3, 4], digest: 'f', build: 'b' } },
    ]);
    const other = swarm({ a: [began('f'), word('a', 1), lost], b: [began('f', 'other'), word('c', 4), lost], c: [began('f'), done()] });
    await run(other);
    expect(other.asked.map((one) => one.request.continued?.tokens?.ids)).toEqual([undefined, [1], undefined]);
    const none = swarm({ a: [began('f'), word('a', 1), text('b'), lost], b: [done()] });
    await run(none);
    expect(none.asked[1]?.request.continued).toEqual({ text: 'ab' });
  });

  test('only the same model goes on, and of those the same file first; else the answer is kept and ends with the failure', async () => {
    const offering = (models: Record<string, [string, string]>) => (names: string[]) =>
      names.map((name) => {
        const [model = '', digest = ''] = models[name] ?? [];
        return fakeLeader(name, { leads: { models: [{ name: model, digest, loaded: true }] } });
      });
    const world = swarm(
      { a: [text('x'), lost], b: [text('no'), done()], c: [text('y'), done()] },
      {
        nodes: offering({ a: ['tiny', 'f'], b: ['tiny', 'g'], c: ['tiny', 'f'] }),
      },
    );
    expect(kinds((await run(world)).chunks)).toBe('placed:a text seam placed:c text done');
    const alone = swarm({ a: [text('x'), lost], b: [text('no'), done()] }, { nodes: offering({ a: ['tiny', 'f'], b: ['big', 'f'] }) });
    const { chunks, error } = await run(alone);
    expect([kinds(chunks), (error as Failure).code]).toEqual(['placed:a text', 'leader-lost']);
    // before any text another model is as good, when the person wished for none
    const early = swarm({ a: [lost], b: [text('y'), done()] }, { nodes: offering({ a: ['tiny', 'f'], b: ['big', 'f'] }) });
    expect(kinds((await run(early)).chunks)).toBe('placed:a seam placed:b text done');
  });

  test('one that was restarted and is there again goes on itself', async () => {
    const world = swarm({
      a: [
        [text('x'), new Failure('not-found', 'what answer?')],
        [text('y'), done()],
      ],
    });
    const { chunks } = await run(world);
    expect([kinds(chunks), shown(chunks)]).toEqual(['placed:a text seam placed:a text done', 'xy']);
  });

  test('one that was restarted before its first word is asked again, once', async () => {
    const gone = new Failure('not-found', 'what answer?');
    expect(kinds((await run(swarm({ a: [[gone], [text('x'), done()]] }))).chunks)).toBe('placed:a seam placed:a text done');
    expect((await run(swarm({ a: [[gone], [gone], [text('x'), done()]] }))).error).toBe(gone);
  });

  test('an answer that broke off before is continued from its text', async () => {
    const world = swarm({ a: [text(' y'), lost], b: [text(' z'), done(1)] });
    const { chunks } = await run(world, { ...request, continued: { text: 'x' } });
    expect(world.asked.map((one) => one.request.continued?.text)).toEqual(['x', 'x y']);
    expect(chunks.find(({ kind }) => kind === 'seam')).toMatchObject({ at: 3 });
  });

  test('one that was lost gets a second chance only after another one got on', async () => {
    const world = swarm({
      a: [
        [text('a'), lost],
        [text('c'), done()],
      ],
      b: [text('b'), lost],
    });
    expect(shown((await run(world)).chunks)).toBe('abc');
    const { chunks, error } = await run(
      swarm({
        a: [
          [text('a'), lost],
          [text('c'), done()],
        ],
        b: [lost],
      }),
    );
    expect([shown(chunks), (error as Failure).code]).toEqual(['a', 'leader-lost']);
  });

  test('one that writes nothing more is left after a while', async () => {
    const world = swarm({ a: [text('x'), 100, text('y'), 1_000_000, text('never')], b: [text('z'), done()] });
    const { chunks, at } = await run(world);
    expect([kinds(chunks), shown(chunks)]).toEqual(['placed:a text text seam placed:b text done', 'xyz']);
    expect(at[3]).toBe(100 + silencePace.writingMs);
    expect(world.open.size).toBe(0);
    const slow = swarm({ a: [text('x'), 40_000, text('y'), done()] });
    expect((await run(slow)).error).toBeNull();
    const dead = swarm({ a: [text('x'), 1_000_000, text('y'), done()] });
    expect((await run(dead)).error).toMatchObject({ code: 'engine-stalled' });
    expect(dead.clock.now()).toBeLessThan(silencePace.aloneMs + 1001);
  });
});
