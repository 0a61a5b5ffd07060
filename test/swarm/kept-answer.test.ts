// Whatever befalls an answer: what was shown of it is what is stored, and it goes on from there when somebody is back.
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { Message } from '../../src-shared/conversation.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import { fakeAnswer } from '../fakes/fake-engine.ts';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import { cleanUpNodes, leadsFor, question, reading, startTestNode, type TestNode } from './node-fixtures.ts';

afterEach(cleanUpNodes);

const whole = fakeAnswer(question('hi'));
/** It stays in the middle of its answers until it is told to go on. */
const leader = (swarm: FakeSwarm, name: string, folder?: string): Promise<TestNode> =>
  startTestNode({
    swarm,
    settings: { name, role: 'leader' },
    engine: { tokenIds: true, hangsAfter: 6 },
    ...(folder === undefined ? {} : { folder }),
  });

async function couple() {
  const swarm = fakeSwarm({ graceMs: 500 });
  const strong = await leader(swarm, 'strong');
  const weak = await startTestNode({ swarm, settings: { name: 'weak', role: 'subordinate' } });
  await leadsFor(weak, strong);
  const [id, questionId, answerId] = [randomUUID(), randomUUID(), randomUUID()];
  await weak.control.conversations.create({ id });
  const answer = reading(weak.control.conversations.send({ id, questionId, answerId, content: 'hi' }));
  await expect.poll(() => answer.chunks.at(-1)?.kind).toBe('text');
  const stored = async (): Promise<Message | undefined> => (await weak.control.conversations.get({ id })).messages[1];
  return { swarm, strong, weak, id, answerId, answer, stored };
}

describe('what was shown is what is stored', () => {
  const faults: [string, FailureCode, (parts: Awaited<ReturnType<typeof couple>>) => unknown][] = [
    ['the only leader is killed', 'leader-lost', ({ swarm, strong }) => swarm.kill(strong.id)],
    ['the only leader stops', 'leader-lost', ({ strong }) => strong.stop()],
    ['its engine crashes', 'engine-crashed', ({ strong }) => strong.engine.crash()],
    ['its owner wants it for himself', 'paused', ({ strong }) => strong.control.pause({ minutes: 60, atOnce: true })],
  ];

  test.each(faults)('%s', { timeout: 60_000 }, async (_name, code, fault) => {
    const parts = await couple();
    await fault(parts);
    const { text, failure } = await parts.answer.ended;
    const kept = await parts.stored();
    expect(whole.startsWith(text)).toBe(true);
    expect(text).not.toBe(whole);
    expect(kept?.content).toBe(text);
    expect(kept?.answer).toMatchObject({ state: 'failed', failure: { code: failure } });
    // its last writer says why its part ended
    expect(kept?.answer?.route?.map(({ leader: { name }, from, lost }) => [name, from, lost])).toEqual([['strong', 0, code]]);
  });
});

test('waiting until somebody returns: the same machine, started again, writes the rest once', { timeout: 60_000 }, async () => {
  const { swarm, strong, weak, id, answerId, answer, stored } = await couple();
  swarm.kill(strong.id);
  const { text } = await answer.ended;
  await strong.stop();
  const going = reading(weak.control.conversations.continue({ id, answerId, wait: true }));
  await expect.poll(() => going.chunks.map(({ kind }) => kind)).toEqual(['waiting']);
  expect((await stored())?.content).toBe(text);
  const again = await leader(swarm, 'strong', strong.folder);
  again.engine.resume();
  expect(again.id).toBe(strong.id);
  const rest = await going.ended;
  expect([rest.failure, text + rest.text]).toEqual([null, whole]);
  expect(again.engine.asked).toMatchObject([{ continued: { text } }]);
  const message = await stored();
  expect(message?.content).toBe(whole);
  expect(message?.answer).toMatchObject({ state: 'done', failure: null });
  expect(message?.answer?.route?.map(({ leader: { name }, from, lost }) => [name, from, lost])).toEqual([
    ['strong', 0, 'leader-lost'],
    ['strong', text.length, null],
  ]);
});
