import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { toFailure } from '../../src-shared/failure.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { fakeEngine, type FakeEngineOptions } from '../../test/fakes/fake-engine.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { defaultSettings } from '../store/settings-store.ts';
import { leading } from './leading.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const base: Settings = { ...defaultSettings('here'), role: 'leader', model: 'one' };

/** @param stopMs how long an engine takes to end, ms */
function led(engine: FakeEngineOptions = {}, stopMs = 0) {
  const clock = handClock();
  const made: ReturnType<typeof fakeEngine>[] = [];
  const lead = leading({
    clock,
    log,
    self: () => 'self',
    engine: () => {
      const next = fakeEngine({ clock, slots: 1, models: ['one', 'two'], tokensPerSecond: 10, ...engine });
      made.push(next);
      if (stopMs === 0) return next;
      const stop = (): Promise<void> => next.stop().then(() => new Promise((resolve) => void clock.after(stopMs, resolve)));
      return { ...next, stop };
    },
    changed: () => undefined,
  });
  let asked = 0;
  const ask = (from = 'peer', model?: string) => {
    const chunks: ChatChunk[] = [];
    const request = {
      id: `00000000-0000-4000-8000-${String((asked += 1)).padStart(12, '0')}`,
      messages: [{ role: 'user' as const, content: 'hi' }],
      parameters: {},
      ...(model === undefined ? {} : { model }),
    };
    const ended = (async () => {
      for await (const chunk of lead.admission.chat(request, new AbortController().signal, from)) chunks.push(chunk);
    })().then(
      () => 'done',
      (error: unknown) => toFailure(error).code,
    );
    return { ended, chunks };
  };
  return { clock, made, lead, ask };
}

describe('an engine that is down for a while', () => {
  test('burns no line: who waits is answered when it is back, and only the running answer is lost', async () => {
    const { clock, made, lead, ask } = led();
    lead.want(true, base);
    await clock.run(0);
    const first = ask();
    await clock.run(200);
    const line = [ask('a'), ask('b'), ask('c')];
    await clock.run(100);
    made[0]?.crash(clock.date() + 2000);
    expect(await first.ended).toBe('engine-crashed');
    const late = ask('d');
    await clock.run(2000);
    expect(lead.admission.waiting()).toBe(4);
    expect(lead.down()).toMatchObject({ why: { code: 'engine-crashed' }, final: false });
    made[0]?.recover();
    await clock.run(60_000);
    expect(await Promise.all([...line, late].map(({ ended }) => ended))).toEqual(['done', 'done', 'done', 'done']);
    expect(lead.down()).toBeNull();
  });

  test('out of service: all are told at once', async () => {
    const { clock, made, lead, ask } = led();
    lead.want(true, base);
    await clock.run(0);
    const line = [ask('a'), ask('b')];
    await clock.run(200);
    made[0]?.crash();
    await clock.run(0);
    expect(await Promise.all([...line, ask('c')].map(({ ended }) => ended))).toEqual(Array(3).fill('engine-crashed'));
    expect(lead.down()).toMatchObject({ final: true });
  });

  test('another engine by the settings: the line goes over to it', async () => {
    const { clock, made, lead, ask } = led({}, 1000);
    lead.want(true, base);
    await clock.run(0);
    const first = ask();
    await clock.run(200);
    const line = [ask('a'), ask('b')];
    await clock.run(100);
    lead.want(true, { ...base, engine: 'ollama' });
    await clock.run(500);
    const late = ask('c');
    await clock.run(60_000);
    expect(made).toHaveLength(2);
    line.push(late);
    expect(await first.ended).toBe('engine-failed');
    expect(await Promise.all(line.map(({ ended }) => ended))).toEqual(['done', 'done', 'done']);
    expect([made[0]?.asked.length, made[1]?.asked.length]).toEqual([1, 3]);
  });

  test('the end of the node tells the line', async () => {
    const { clock, lead, ask } = led();
    lead.want(true, base);
    await clock.run(0);
    const line = [ask('a'), ask('b')];
    await clock.run(200);
    await lead.stop();
    await clock.run(0);
    expect(await Promise.all(line.map(({ ended }) => ended))).toEqual(['engine-failed', 'draining']);
    expect(lead.admission.running() + lead.admission.waiting()).toBe(0);
  });
});

test('memory that is held for a model is given back when the node ends, and when the engine does', async () => {
  const { clock, made, lead, ask } = led({ models: ['one', { name: 'big', sizeBytes: 1024 ** 3, loaded: false }], loadMs: 1000 });
  lead.want(true, { ...base, model: 'big' });
  await clock.run(500);
  // ahead of the first question
  expect(lead.reservedMb()).toBeGreaterThan(1000);
  await clock.run(1000);
  expect(lead.reservedMb()).toBe(0);
  await made[0]?.unload('big');
  await clock.run(0);
  const first = ask('peer', 'big');
  await clock.run(200);
  expect(lead.reservedMb()).toBeGreaterThan(1000);
  made[0]?.crash(clock.date() + 1000);
  expect(await first.ended).toBe('engine-crashed');
  expect(lead.reservedMb()).toBe(0);
  made[0]?.recover();
  const second = ask('peer', 'big');
  await clock.run(200);
  expect(lead.reservedMb()).toBeGreaterThan(1000);
  await lead.stop();
  await clock.run(0);
  expect([await second.ended, lead.reservedMb()]).toEqual(['engine-failed', 0]);
});

describe('a change of the settings', () => {
  const loaded = async (lead: ReturnType<typeof leading>): Promise<string[]> => {
    const models = (await lead.engine()?.models()) ?? [];
    return models.filter((model) => model.loaded).map(({ name }) => name);
  };

  test('loads a model only when it is about the model or the engine', async () => {
    const { clock, made, lead } = led();
    lead.want(true, base);
    await clock.run(0);
    expect(await loaded(lead)).toEqual(['one']);
    await made[0]?.unload('one');
    lead.want(true, { ...base, name: 'elsewhere', limits: { tokensPerDay: 5, questionsPerMinute: null } });
    await clock.run(1000);
    expect(await loaded(lead)).toEqual([]);
    lead.want(true, { ...base, model: 'two' });
    await clock.run(1000);
    expect(await loaded(lead)).toEqual(['two']);
    lead.want(true, { ...base, model: 'two', ollamaUrl: 'http://127.0.0.1:1' });
    await clock.run(1000);
    expect([made.length, await loaded(lead)]).toEqual([2, ['two']]);
  });
});

test('from its start until its model is in memory it says that it is about to answer, not that it can', async () => {
  const { clock, lead } = led({ models: [{ name: 'one', loaded: false }], loadMs: 1000 });
  expect(lead.warming()).toBe(false);
  lead.want(true, base);
  expect(lead.warming()).toBe(true);
  await clock.run(0);
  expect(lead.warming()).toBe(true);
  await clock.run(2000);
  expect([lead.warming(), lead.models()[0]?.loaded]).toEqual([false, true]);
});
