import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test } from 'vitest';
import type { ChatRequest } from '../../src-shared/chat.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { streamPair, type StreamPair } from '../../test/fakes/stream-pair.ts';
import { heldAnswers, type HeldAnswers } from '../jobs/held-answers.ts';
import type { Log } from '../jobs/ports.ts';
import { chatServer, chatWire } from './chat-protocol.ts';
import { jsonFrame } from './frames.ts';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const request: ChatRequest = {
  id: '00000000-0000-4000-8000-000000000000',
  messages: [{ role: 'user', content: 'a question of megabytes' }],
  parameters: {},
};
const wire = (): StreamPair => streamPair(() => 4096, Infinity);

test('a stream that is open does not hold its question', async () => {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const asked: WeakRef<ChatRequest>[] = [];
  const waiting: ((end: undefined) => void)[] = [];
  // whose engine is done with it, and whose asker has not come for the answer
  const held = {
    begin(question: ChatRequest) {
      asked.push(new WeakRef(question));
      return {
        // somebody has to be able to end it, or the whole stream is garbage
        next: () => new Promise<undefined>((resolve) => void waiting.push(resolve)),
        arrived: () => undefined,
        blockedMs: () => 0,
        leave: () => undefined,
        stop: () => undefined,
      };
    },
  } as unknown as HeldAnswers;
  const clock = handClock();
  const pair = wire();
  void chatServer({ held, clock, log })(pair.far, 'asker');
  pair.near.send(jsonFrame(request));
  await clock.run(100);
  expect(asked).toHaveLength(1);
  await expect
    .poll(
      () => {
        collect();
        return asked[0]?.deref() === undefined;
      },
      { timeout: 10_000, interval: 20 },
    )
    .toBe(true);
  expect([pair.far.status, waiting.length]).toEqual(['open', 1]);
  pair.cut();
});

test.each([
  ['that was answered', jsonFrame(request)],
  ['that was refused', jsonFrame({ messages: 'none' })],
])('a stream %s and whose asker never ends its half is given up', async (_name, first) => {
  const clock = handClock();
  const held = heldAnswers({
    clock,
    serve: async function* () {
      yield { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 0, tokensPerSecond: 0, timeToFirstTokenMs: 0 } };
    },
  });
  const pair = wire();
  void chatServer({ held, clock, log })(pair.far, 'asker');
  pair.near.send(first);
  await clock.run(1000);
  expect(pair.far.status).toBe('open');
  await clock.run(3 * chatWire.stallMs);
  expect(pair.far.status).toBe('aborted');
  await clock.run(120_000);
  expect([held.size().answers, clock.timers()]).toEqual([0, 0]);
});
