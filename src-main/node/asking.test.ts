import { expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { request } from '../../test/fakes/asked-swarm.ts';
import { peerCalled } from '../../test/fakes/candidates.ts';
import { fakeLeader } from '../../test/fakes/fake-offer.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { observed } from '../swarm/observed.ts';
import type { Candidate } from '../swarm/placement.ts';
import type { Network } from '../swarm/ports.ts';
import { asking } from './asking.ts';
import { changeOf, signal as changeSignal } from './change.ts';

/** A node whose leader breaks off after one word, and whose network says so by and by. */
function node(candidates: () => Candidate[] = () => [fakeLeader('leader')]) {
  const clock = handClock();
  const changes = changeSignal(clock, 100, () => undefined);
  const network = {
    ask: async function* (): AsyncGenerator<ChatChunk> {
      yield { kind: 'text', text: 'half' };
      throw new Failure('leader-lost', 'gone');
    },
  } as unknown as Network;
  const asks = asking({
    clock,
    network: () => network,
    candidates,
    self: () => 'me',
    serve: () => {
      throw new Error('this machine does not lead');
    },
    preferred: () => null,
    observed: observed(),
    shutOut: () => null,
    change: changeOf(changes),
  });
  return { asks, changes, clock };
}

async function outcome(chunks: AsyncIterable<ChatChunk>): Promise<unknown> {
  try {
    for await (const _chunk of chunks);
    return null;
  } catch (error) {
    return error;
  }
}

test('an answer that breaks off while the node stops ends with what befell it', async () => {
  const { asks, changes } = node();
  changes.stop();
  expect(await outcome(asks.ask(request, undefined, new AbortController().signal))).toMatchObject({ code: 'leader-lost' });
});

test('who waits for somebody to answer when the node stops is cancelled', async () => {
  const { asks, changes, clock } = node(() => []);
  const ended = outcome(asks.ask(request, undefined, new AbortController().signal, true));
  await clock.run(0);
  changes.stop();
  expect(await ended).toMatchObject({ name: 'AbortError' });
  expect(clock.timers()).toBe(0);
});

test('who waits for the machine that was picked does so from the beginning, however long nothing is heard of it', async () => {
  const peerId = peerCalled('desk');
  const away: Candidate = { ...fakeLeader('desk', { peerId }), connected: false, offer: null };
  let known = [away];
  const { asks, changes, clock } = node(() => known);
  const stop = new AbortController();
  const chunks = asks.ask(request, peerId, stop.signal, true)[Symbol.asyncIterator]();
  expect((await chunks.next()).value).toMatchObject({ kind: 'waiting', code: 'no-leader' });
  const next = chunks.next();
  await clock.run(60_000);
  known = [fakeLeader('desk', { peerId })];
  changes.mark();
  await clock.run(1000);
  expect((await next).value).toMatchObject({ kind: 'placed', placement: { leader: { peerId } } });
  stop.abort();
  await chunks.return?.();
});
