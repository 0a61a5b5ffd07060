// The process that writes a greedy answer is killed at random places, and another one goes on: reports/reliability.json has how many answers are
// equal to the undisturbed one. From tokens all must be. A few places normally, 100 with AXON_LONG=1.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { defaultModel, modelDir } from '../../scripts/model.mjs';
import { embeddedEngine } from '../../src-main/engine/embedded/engine.ts';
import type { Engine, Log } from '../../src-main/jobs/ports.ts';
import type { ChatChunk, Continued } from '../../src-shared/chat.ts';
import { percentile, report } from '../report.ts';
import { collect, continuedFrom, requestFor, silentLog, systemClock, textOf } from './engine-suite.ts';

const points = process.env['AXON_LONG'] === '1' ? 100 : 6;
const maxTokens = 48;
const questions = [
  'Write a story about a fox.',
  'Why is the sky blue?',
  'Reply only with many different emoji like 🦊.',
  'Zähle bis zehn.',
];
const childEntry = new URL('../../src-main/engine/embedded/child.ts', import.meta.url);
const { signal } = new AbortController();
const figures = report('reliability');

const engineFor = (log: Log): Engine =>
  // a busy machine shall not decide how exact the answer is
  embeddedEngine({ modelDirs: [modelDir], childEntry, clock: systemClock, log, contextTokens: 1024, gpu: false, exactMs: 60_000 });
const ask = (engine: Engine, question: string, left: number, continued?: Continued) =>
  engine.chat({ ...requestFor(defaultModel.name, question, { temperature: 0, maxTokens: left }), ...(continued && { continued }) }, signal);

const other = engineFor(silentLog);
beforeAll(async () => {
  await other.start();
  await other.load(defaultModel.name, AbortSignal.timeout(120_000));
  await vi.waitFor(async () => expect((await other.models())[0]?.digest).toBe(defaultModel.sha256), { timeout: 60_000, interval: 200 });
}, 180_000);
afterAll(async () => {
  await other.stop();
  figures.write();
});

/** The chunks that came before the child was killed after `texts` texts. */
async function killedAfter(question: string, texts: number): Promise<ChatChunk[]> {
  let pid = 0;
  const engine = engineFor({
    ...silentLog,
    info: (_message, fields) => void (typeof fields?.['pid'] === 'number' && (pid = fields['pid'])),
  });
  const seen: ChatChunk[] = [];
  try {
    await engine.start();
    await engine.load(defaultModel.name, AbortSignal.timeout(120_000));
    // it would write on for longer than the whole answer: the kill never comes after its end
    for await (const chunk of ask(engine, question, 2 * maxTokens)) {
      // what was under way when it was killed
      if (seen.filter(({ kind }) => kind === 'text').length === texts) continue;
      seen.push(chunk);
      if (seen.filter(({ kind }) => kind === 'text').length === texts) process.kill(pid, 'SIGKILL');
    }
    throw new Error('the answer ended although its process was killed');
  } catch (error) {
    expect(error).toMatchObject({ code: 'engine-crashed' });
    return seen;
  } finally {
    await engine.stop();
  }
}

test(`goes on in another process after a kill at ${points} random places`, { timeout: 3_600_000 }, async () => {
  const wholes: ChatChunk[][] = [];
  for (const question of questions) wholes.push(await collect(ask(other, question, maxTokens)));
  const equal = { tokens: 0, text: 0 };
  const firsts: number[] = [];
  for (let point = 0; point < points; point++) {
    const index = point % questions.length;
    const [question, whole] = [questions[index] ?? '', wholes[index] ?? []];
    const texts = whole.filter(({ kind }) => kind === 'text').length;
    const seen = await killedAfter(question, 1 + Math.floor(Math.random() * (texts - 3)));
    const from = continuedFrom(seen);
    const left = maxTokens - (from.tokens?.ids.length ?? 0);
    expect(from.tokens).toBeDefined();
    expect(textOf(whole).startsWith(from.text)).toBe(true);
    const began = performance.now();
    let first: number | undefined;
    const after: ChatChunk[] = [];
    for await (const chunk of ask(other, question, left, from)) {
      if (chunk.kind === 'text') first ??= performance.now() - began;
      after.push(chunk);
    }
    if (first !== undefined) firsts.push(first);
    if (from.text + textOf(after) === textOf(whole)) equal.tokens += 1;
    const fromText = await collect(ask(other, question, left, { text: from.text }));
    if (from.text + textOf(fromText) === textOf(whole)) equal.text += 1;
  }
  const note = `${points} kills of the embedded engine's process, ${maxTokens} tokens at temperature 0`;
  figures.row({
    name: 'embedded killed: equal answers, from tokens',
    value: equal.tokens / points,
    unit: 'share',
    limit: 1,
    direction: 'min',
    note,
  });
  figures.row({ name: 'embedded killed: equal answers, from text', value: equal.text / points, unit: 'share', note });
  figures.row({
    name: 'embedded killed: from being asked to the next word, warm, median',
    value: percentile(firsts, 0.5),
    unit: 'ms',
    limit: 3000,
    note,
  });
  figures.row({
    name: 'embedded killed: from being asked to the next word, warm, p90',
    value: percentile(firsts, 0.9),
    unit: 'ms',
    limit: 3000,
    note,
  });
  expect(equal.tokens).toBe(points);
});
