// The parent's end of a played child, under a clock turned by hand: what counts as alive, as progress, as hanging.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handClock, type HandClock } from '../../../test/fakes/hand-clock.ts';
import type { Log } from '../../jobs/ports.ts';
import { defaultPatience } from '../patience.ts';
import { childLink, type ChildLink } from './child-link.ts';
import type { FromChild, ToChild } from './protocol.ts';

/** Says what it is told to say, and then that it was said. */
const played = `
  process.on('message', ({ kind, id, model }) => {
    const say = (message) => process.send(message);
    if (kind === 'start') say({ kind: 'ready', version: '1', device: { kind: 'cpu', name: 'played', why: '' } });
    if (kind !== 'unload') return;
    for (const message of JSON.parse(model)) say(message);
    say({ kind: 'log', level: 'info', message: 'said' });
  });
  process.on('disconnect', () => process.exit());
`;

let folder: string;
let clock: HandClock;
let link: ChildLink;
let said: number;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'axon-child-'));
  const childEntry = path.join(folder, 'child.mjs');
  await writeFile(childEntry, played);
  clock = handClock();
  said = 0;
  const info = (message: string): void => void (said += Number(message.endsWith('said')));
  const log: Log = { debug: () => {}, warn: () => {}, error: () => {}, info };
  const first: ToChild = { kind: 'start', slots: 1, contextTokens: 512, gpu: false };
  const rest = { execPath: undefined, env: undefined, patience: defaultPatience, changed: () => undefined };
  link = childLink({ childEntry, clock, log, first, ...rest });
  link.start();
  await link.untilReady(never);
});
afterEach(async () => {
  await link.stop();
  await rm(folder, { recursive: true, force: true });
});
const never = new AbortController().signal;

/** The child says these; resolves when they were heard. */
async function says(...messages: FromChild[]): Promise<void> {
  const before = said;
  link.send({ kind: 'unload', id: 0, model: JSON.stringify(messages) });
  await expect.poll(() => said, { interval: 2, timeout: 30_000 }).toBe(before + 1);
}
async function beats(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await clock.run(1000);
    await says({ kind: 'beat' });
  }
}
/** A task that expects each message within `waitMs` of the one before. */
function reading(waitMs: number) {
  const kinds: string[] = [];
  let failure: unknown;
  const read = async (): Promise<void> => {
    const model = { name: 'm', path: 'm.gguf' };
    const steps = link.task('load', (id) => ({ kind: 'load', id, model }), never, { firstMs: 120_000, stuckMs: waitMs });
    for (let step = await steps.next(); step.done !== true; step = await steps.next(step.value.kind === 'quiet' ? undefined : waitMs))
      kinds.push(step.value.kind);
  };
  void read().catch((error: unknown) => (failure = error));
  return { kinds, failure: () => failure };
}

test('a child that says nothing any more is found within 12 s, whatever it is at, and so are all its tasks', async () => {
  const [one, other] = [reading(600_000), reading(600_000)];
  await says({ kind: 'loading', id: 1, progress: 0.5 });
  await clock.run(11_000);
  expect(one.failure()).toBeUndefined();
  await clock.run(2000);
  for (const { failure } of [one, other]) expect(failure()).toMatchObject({ code: 'engine-stalled' });
  await expect.poll(() => link.state().kind, { timeout: 30_000 }).toBe('failed');
  await clock.run(1000);
  await link.untilReady(never);
});

test('one that beats is waited for as long as was expected, and whoever waits hears of it', async () => {
  const one = reading(100_000);
  await says({ kind: 'loading', id: 1, progress: 0 });
  await beats(99);
  expect(one.failure()).toBeUndefined();
  expect(one.kinds).toEqual(['loading', 'quiet', 'quiet', 'quiet']);
  // alive, and no progress
  await clock.run(1000);
  expect(one.failure()).toMatchObject({ code: 'engine-stalled' });
});

test('progress gives it its time anew', async () => {
  const one = reading(20_000);
  for (const progress of [0, 0.1, 0.2, 0.3, 0.4]) {
    await says({ kind: 'loading', id: 1, progress });
    await beats(18);
  }
  expect(one.failure()).toBeUndefined();
  await says({ kind: 'ended', id: 1 });
  // with nothing to do it need not say anything
  await clock.run(600_000);
  expect(link.state().kind).toBe('ready');
});

test('a sleep of the machine is nobody’s silence', async () => {
  const one = reading(20_000);
  await says({ kind: 'loading', id: 1, progress: 0.5 });
  for (let night = 0; night < 3; night += 1) {
    await clock.sleep(8 * 3_600_000);
    await says({ kind: 'beat' });
  }
  expect(one.failure()).toBeUndefined();
  expect(link.state().kind).toBe('ready');
});
