import { createConnection } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { newIdentity, peerIdOf, privateKeyOf } from '../../src-main/network/identity.ts';
import { startPeerNode, type PeerNodeOptions } from '../../src-main/network/libp2p-node.ts';
import type { NetworkOptions } from '../../src-main/network/network.ts';
import { newSwarmKey } from '../../src-main/network/swarm-key.ts';
import type { ServedChat } from '../../src-main/jobs/ports.ts';
import { openTrust } from '../fakes/open-trust.ts';
import { cleanUp, done, linked, question, relayTo, sampleOffer, startNode, swarmKey, textOf } from './network-fixtures.ts';

afterEach(cleanUp);

const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const patience = { timeout: 10_000 };

function portOf(address: string): number {
  return Number(/\/tcp\/(\d+)/.exec(address)?.[1]);
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

/** Writes one word, then waits until it is told to stop. */
function endless(stopped: (reason: unknown) => void): ServedChat {
  return async function* (_request, signal) {
    yield { kind: 'text', text: 'word' };
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    stopped(signal.reason);
    signal.throwIfAborted();
  };
}

describe('the fence', () => {
  test('a node does not start without its protector', async () => {
    const options = {
      privateKey: privateKeyOf(newIdentity()),
      ciphers: 'native' as const,
      listen: [] as string[],
      gate: { denies: () => false, admits: () => true },
      version: '0',
    } satisfies Omit<PeerNodeOptions, 'protector'>;
    await expect(startPeerNode({ ...options, protector: undefined })).rejects.toThrow(/refusing to start/);
    const other = () => ({ [Symbol.toStringTag]: 'something-else', protect: async (connection: never) => connection }) as never;
    await expect(startPeerNode({ ...options, protector: other })).rejects.toThrow(/refusing to start/);
  });

  test('somebody without a key sees no byte of multistream', async () => {
    const node = await startNode();
    const socket = createConnection(portOf(node.address()), '127.0.0.1');
    let seen = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      seen = Buffer.concat([seen, bytes as Buffer]);
    });
    socket.on('error', () => undefined);
    socket.write(Buffer.concat([Buffer.alloc(24, 7), Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n')]));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(seen.byteLength).toBeGreaterThanOrEqual(24);
    expect(seen.toString('latin1')).not.toMatch(/multistream|noise|yamux|ipfs|axon/);
  });

  test('eight upgrades from one address at most, and members get in again afterwards', async () => {
    const node = await startNode();
    let open = 0;
    const strangers = Array.from({ length: 30 }, () => createConnection(portOf(node.address()), '127.0.0.1'));
    for (const socket of strangers) {
      socket.on('connect', () => (open += 1));
      socket.on('close', () => (open -= 1));
      socket.on('error', () => undefined);
      socket.on('data', () => undefined);
    }
    await expect.poll(() => open, patience).toBe(8);
    const member = await startNode();
    await expect.poll(() => member.network.dial(node.address(), soon()).catch(() => 'refused'), patience).toBe(node.network.peerId);
    for (const socket of strangers) socket.destroy();
  });

  test('a peer that is not allowed does not stay', async () => {
    const barred = newIdentity();
    const standing = (peerId: string) => (peerId === peerIdOf(barred) ? ('revoked' as const) : ('member' as const));
    const node = await startNode({ trust: { ...openTrust(swarmKey), standing } });
    const outsider = await startNode({ privateKey: barred });
    const failure = await failureOf(outsider.network.dial(node.address(), soon()));
    expect(failure.code).toBe('not-let-in');
    expect(node.events.some((event) => event.kind === 'connected')).toBe(false);
  });
});

describe('dialling says what is wrong', () => {
  test('another key', { timeout: 20_000 }, async () => {
    const node = await startNode();
    const other = await startNode({ trust: openTrust(newSwarmKey()) });
    for (let round = 0; round < 3; round += 1) {
      const failure = await failureOf(other.network.dial(node.address(), soon()));
      expect(failure.code).toBe('not-let-in');
      expect(failure.hint).toContain('another swarm.key');
    }
  });

  test('nobody there, another node there, ourselves there, no address', async () => {
    const [a, b] = [await startNode(), await startNode()];
    const gone = await startNode();
    const address = gone.address();
    await gone.network.stop();
    expect((await failureOf(a.network.dial(address, soon()))).code).toBe('not-reachable');
    const [, id] = a.address().split('/p2p/');
    const wrong = await failureOf(a.network.dial(`${b.address().split('/p2p/')[0]}/p2p/${gone.network.peerId}`, soon()));
    expect([wrong.code, wrong.message.includes('Another node')]).toEqual(['not-let-in', true]);
    expect(id).toBe(a.network.peerId);
    expect((await failureOf(a.network.dial(`127.0.0.1:${portOf(a.address())}`, soon()))).code).toBe('bad-address');
    for (const text of ['', 'a b', '/ip4/1.2.3.4', '/ip4/1.2.3.4/udp/1', '1.2.3.4:99999', '1.2.3.4:0']) {
      expect((await failureOf(a.network.dial(text, soon()))).code).toBe('bad-address');
    }
  });

  test('host:port works too, and the peer is remembered', async () => {
    const [a, b] = [await startNode(), await startNode()];
    expect(await a.network.dial(`127.0.0.1:${portOf(b.address())}`, soon())).toBe(b.network.peerId);
    await expect.poll(() => a.remembered.get(b.network.peerId)).toEqual([b.address().split('/p2p/')[0]]);
    await expect.poll(() => b.remembered.get(a.network.peerId)).toEqual([a.address().split('/p2p/')[0]]);
  });

  test('a taken port: the next one unless it was asked for', async () => {
    const first = await startNode();
    const listen = [first.address().split('/p2p/')[0] ?? ''];
    const second = await startNode({ listen });
    expect(portOf(second.address())).not.toBe(portOf(first.address()));
    expect(second.events.find((event) => event.kind === 'trouble')).toMatchObject({ about: 'listen', failure: { code: 'port-in-use' } });
    expect((await failureOf(startNode({ listen, explicitPort: true }))).code).toBe('port-in-use');
  });
});

describe('chat', () => {
  test('streams chunks as they come, in order', async () => {
    const { leader, asker } = await linked();
    const chunks: ChatChunk[] = [];
    for await (const chunk of asker.network.ask(leader.network.peerId, question('one two three'), soon())) chunks.push(chunk);
    expect(
      chunks
        .filter((chunk) => chunk.kind === 'text')
        .map((chunk) => chunk.text)
        .join(''),
    ).toBe('onetwothree');
    expect(chunks.at(-1)).toEqual(done);
  });

  test('the leader learns who asks from the connection, and only what the schema names', async () => {
    let seen: unknown;
    const { leader, asker } = await linked({
      serve: async function* (request, _signal, from) {
        seen = { keys: Object.keys(request).sort(), from };
        yield done;
      },
    });
    const request = { ...question('x'), options: { num_gpu: 99 } };
    await textOf(asker.network.ask(leader.network.peerId, request, soon()));
    expect(seen).toEqual({ keys: ['id', 'messages', 'parameters'], from: asker.network.peerId });
  });

  test('stop reaches the leader', async () => {
    const stopped = Promise.withResolvers<unknown>();
    const { leader, asker } = await linked({ serve: endless(stopped.resolve) });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const chunk of asker.network.ask(leader.network.peerId, question('x'), stop.signal))
        if (chunk.kind === 'text') stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(await stopped.promise).toMatchObject({ name: 'AbortError' });
  });

  test('leaving the loop is stop too', async () => {
    const stopped = Promise.withResolvers<unknown>();
    const { leader, asker } = await linked({ serve: endless(stopped.resolve) });
    for await (const chunk of asker.network.ask(leader.network.peerId, question('x'), soon())) if (chunk.kind === 'text') break;
    expect(await stopped.promise).toMatchObject({ name: 'AbortError' });
  });

  test('failures keep their code, and internal ones keep their text', async () => {
    let error: Error = new Failure('queue-full', 'ten are waiting', { hint: 'later' });
    const { leader, asker } = await linked({
      // oxlint-disable-next-line require-yield
      serve: async function* () {
        throw error;
      },
    });
    const ask = () => failureOf(textOf(asker.network.ask(leader.network.peerId, question('x'), soon())));
    expect((await ask()).toShape()).toEqual({ code: 'queue-full', message: 'ten are waiting', hint: 'later' });
    error = new Error('/home/somebody/secret');
    expect((await ask()).code).toBe('internal');
    expect((await ask()).message).not.toContain('secret');
  });

  test('beats keep a quiet leader alive', { timeout: 15_000 }, async () => {
    const { leader, asker } = await linked({
      serve: async function* () {
        await new Promise((resolve) => setTimeout(resolve, 5000));
        yield { kind: 'text', text: 'at last' };
        yield done;
      },
    });
    expect(await textOf(asker.network.ask(leader.network.peerId, question('x'), soon()))).toBe('at last');
  });

  test('a large question goes over a connection of its own, which is closed afterwards', async () => {
    let during = 0;
    const { leader, asker } = await linked({
      serve: async function* (request, _signal, from) {
        during = leader.network.connections(from);
        yield { kind: 'text', text: String(request.messages[0]?.content.length) };
        yield done;
      },
    });
    leader.network.announce(sampleOffer(1));
    asker.network.announce(sampleOffer(1));
    expect(await textOf(asker.network.ask(leader.network.peerId, question('x'.repeat(3_000_000)), soon()))).toBe('3000000');
    expect(during).toBe(2);
    await expect.poll(() => asker.network.connections(leader.network.peerId), patience).toBe(1);
    expect(await textOf(asker.network.ask(leader.network.peerId, question('small'), soon()))).toBe('5');
    expect(asker.events.filter((event) => event.kind === 'disconnected')).toEqual([]);
  });

  test('a question over the limit', async () => {
    const { leader, asker } = await linked();
    const messages = [1, 2].map(() => ({ role: 'user' as const, content: 'x'.repeat(5 * 1024 * 1024) }));
    const failure = await failureOf(textOf(asker.network.ask(leader.network.peerId, question('', { messages }), soon())));
    expect(failure.code).toBe('prompt-too-long');
    const huge = question('', { messages: [...messages, ...messages] });
    expect((await failureOf(textOf(asker.network.ask(leader.network.peerId, huge, soon())))).code).toBe('prompt-too-long');
  });

  test('what is no valid question', async () => {
    const { leader, asker } = await linked();
    const failure = await failureOf(
      textOf(asker.network.ask(leader.network.peerId, question('x', { parameters: { temperature: 9 } }), soon())),
    );
    expect(failure.code).toBe('bad-request');
    expect(failure.message).toContain('parameters.temperature');
  });

  test('a reader that stalls holds the leader back, and is given up', { timeout: 30_000 }, async () => {
    const piece = 'x'.repeat(60_000);
    let written = 0;
    const stopped = Promise.withResolvers<unknown>();
    const { leader, asker } = await linked({
      graceMs: 1000,
      serve: async function* (_request, signal) {
        signal.addEventListener('abort', () => stopped.resolve(signal.reason), { once: true });
        for (;;) {
          yield { kind: 'text', text: piece };
          written += piece.length;
        }
      },
    });
    const chunks = asker.network.ask(leader.network.peerId, question('x'), AbortSignal.timeout(60_000))[Symbol.asyncIterator]();
    await chunks.next();
    await stopped.promise;
    // what was not told to have arrived, and no more
    expect(written).toBeLessThan(2_000_000);
    const rest = async () => {
      while (!(await chunks.next()).done);
    };
    expect((await failureOf(rest())).code).toBe('not-found');
  });

  test('many at once', async () => {
    const { leader, asker } = await linked();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => textOf(asker.network.ask(leader.network.peerId, question(`number ${n}`), soon()))),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => `number${n}`));
  });
});

describe('losing the leader', () => {
  async function overRelay(options: Partial<NetworkOptions> = {}) {
    const more = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<unknown>();
    const leader = await startNode({
      ...options,
      serve: async function* (_request, signal) {
        signal.addEventListener('abort', () => stopped.resolve(signal.reason), { once: true });
        yield { kind: 'text', text: 'one' };
        await more.promise;
        yield { kind: 'text', text: 'two' };
        yield done;
      },
    });
    const asker = await startNode();
    const relay = await relayTo(leader);
    await asker.network.dial(relay.address, soon());
    const answer = asker.network.ask(leader.network.peerId, question('x'), AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
    expect((await answer.next()).value).toEqual({ kind: 'text', text: 'one' });
    return { leader, asker, relay, answer, more: more.resolve, stopped: stopped.promise };
  }
  const rest = async (answer: AsyncIterator<ChatChunk>): Promise<ChatChunk[]> => {
    const chunks: ChatChunk[] = [];
    for (let next = await answer.next(); next.done !== true; next = await answer.next()) chunks.push(next.value);
    return chunks;
  };

  test('cut: said at once, redialled, and the same answer goes on where it was', async () => {
    const { leader, asker, relay, answer, more } = await overRelay();
    relay.cut();
    expect((await answer.next()).value).toEqual({ kind: 'reconnecting', leader: { peerId: leader.network.peerId, name: '' } });
    more();
    expect(await rest(answer)).toEqual([{ kind: 'text', text: 'two' }, done]);
    await expect.poll(() => asker.events.find((event) => event.kind === 'disconnected'), patience).toMatchObject({ why: 'lost' });
    // it knows the leader's own address by identify, and comes back there
    await expect.poll(() => asker.events.filter((event) => event.kind === 'connected').length, patience).toBe(2);
    expect(asker.network.connections(leader.network.peerId)).toBeGreaterThan(0);
  });

  test('silent: noticed in a few seconds, and the same', { timeout: 20_000 }, async () => {
    const { relay, answer, more } = await overRelay();
    relay.freeze();
    expect((await answer.next()).value).toMatchObject({ kind: 'reconnecting' });
    more();
    expect(await rest(answer)).toEqual([{ kind: 'text', text: 'two' }, done]);
  });

  test('away for too long: the work ends, and the answer is not there any more', { timeout: 20_000 }, async () => {
    const { relay, answer, stopped, more } = await overRelay({ graceMs: 20 });
    relay.cut();
    expect((await answer.next()).value).toMatchObject({ kind: 'reconnecting' });
    expect(await stopped).toMatchObject({ name: 'AbortError' });
    more();
    expect((await failureOf(answer.next())).code).toBe('not-found');
  });

  test('given up while it is away: it hears so when the link is back', { timeout: 20_000 }, async () => {
    const { relay, answer, stopped } = await overRelay();
    relay.cut();
    expect((await answer.next()).value).toMatchObject({ kind: 'reconnecting' });
    await answer.return?.();
    expect(await stopped).toMatchObject({ name: 'AbortError' });
  });

  test('stopped in order: who reads is told, and does not wait for it', async () => {
    const { leader, answer } = await overRelay();
    void leader.network.stop();
    expect((await failureOf(answer.next())).code).toBe('leader-lost');
  });

  test('this side stops: the answer ends, and the leader hears of it', async () => {
    const { asker, answer, stopped } = await overRelay();
    await asker.network.stop();
    expect((await failureOf(answer.next())).code).toBe('disconnected');
    expect(await stopped).toMatchObject({ name: 'AbortError' });
  });

  test('stopped: goodbye is not a loss', async () => {
    const { leader, asker } = await linked();
    await leader.network.stop();
    await expect.poll(() => asker.events.find((event) => event.kind === 'disconnected'), patience).toMatchObject({ why: 'closed' });
  });

  test('forgotten: no more dialling', async () => {
    const { leader, asker } = await linked();
    await asker.network.forget(leader.network.peerId);
    await expect.poll(() => asker.network.connections(leader.network.peerId), patience).toBe(0);
    asker.network.nudge();
    expect((await failureOf(textOf(asker.network.ask(leader.network.peerId, question('x'), soon())))).code).toBe('not-reachable');
  });
});

describe('offers and links', () => {
  const revisions = (node: { events: { kind: string }[] }): number[] =>
    node.events.flatMap((event) => (event.kind === 'offer' ? [(event as unknown as { offer: { revision: number } }).offer.revision] : []));

  test('an offer goes to who is connected and to who comes later', async () => {
    const { leader, asker } = await linked();
    leader.network.announce(sampleOffer(5));
    await expect.poll(() => revisions(asker), patience).toEqual([5]);
    leader.network.announce(sampleOffer(6));
    await expect.poll(() => revisions(asker), patience).toEqual([5, 6]);
    const late = await startNode();
    await late.network.dial(leader.address(), soon());
    await expect.poll(() => revisions(late), patience).toEqual([6]);
  });

  test('a stale offer is dropped, an invalid one never arrives', async () => {
    const { leader, asker } = await linked();
    leader.network.announce(sampleOffer(9));
    await expect.poll(() => revisions(asker), patience).toEqual([9]);
    leader.network.announce(sampleOffer(3));
    leader.network.announce({ ...sampleOffer(10), name: '' });
    leader.network.announce(sampleOffer(11));
    await expect.poll(() => revisions(asker), patience).toEqual([9, 11]);
  });

  test('both dial at once: one connection stays, and answers go on', { timeout: 30_000 }, async () => {
    const [a, b] = [await startNode(), await startNode()];
    a.network.announce(sampleOffer(1));
    b.network.announce(sampleOffer(1));
    await Promise.all([a.network.dial(b.address(), soon()), b.network.dial(a.address(), soon())]);
    await expect.poll(() => [a.network.connections(b.network.peerId), b.network.connections(a.network.peerId)], patience).toEqual([1, 1]);
    expect(await textOf(a.network.ask(b.network.peerId, question('still here'), soon()))).toBe('stillhere');
    expect([...a.events, ...b.events].filter((event) => event.kind === 'disconnected')).toEqual([]);
  });

  test('a peer remembered from an earlier run is found again', async () => {
    const a = await startNode();
    const b = await startNode({ remembered: [{ peerId: a.network.peerId, addresses: [a.address().split('/p2p/')[0] ?? ''] }] });
    await expect.poll(() => b.events.some((event) => event.kind === 'connected'), patience).toBe(true);
  });
});
