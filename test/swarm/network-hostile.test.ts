// Members that do not keep to the protocol: stock libp2p with the right key, saying whatever it likes.
import type { Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, describe, expect, test } from 'vitest';
import { chatProtocol, chatWire } from '../../src-main/network/chat-protocol.ts';
import { frame, frameDecoder, jsonFrame } from '../../src-main/network/frames.ts';
import { offerProtocol } from '../../src-main/network/offer-protocol.ts';
import { cleanUp, done, linked, question, sampleOffer, startNode, startStock, textOf } from './network-fixtures.ts';

afterEach(cleanUp);

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

/** Sends bytes on a fresh stream; gives the JSON frames that come back, and whether it ended in a reset. */
async function say(address: string, protocol: string, bytes: Uint8Array[]): Promise<{ frames: unknown[]; reset: boolean }> {
  const stock = await startStock();
  const stream: Stream = await stock.dialProtocol(multiaddr(address), protocol);
  const decoder = frameDecoder(() => chatWire.replyFrameBytes);
  const frames: unknown[] = [];
  const over = new Promise<boolean>((resolve) => {
    stream.addEventListener('message', ({ data }) =>
      frames.push(...decoder.push(data.subarray()).map((body) => JSON.parse(Buffer.from(body).toString()) as unknown)),
    );
    stream.addEventListener('close', (event) => resolve(event.error !== undefined));
    // the end of reading is told before a reset is
    stream.addEventListener('end', () => setImmediate(() => resolve(stream.status === 'reset')));
  });
  for (const piece of bytes) stream.send(piece);
  return { reset: await over, frames };
}

describe('members that ask whether an offer is still so', () => {
  test('get it when they know another one or none, and a short word when they know it', async () => {
    const node = await startNode();
    const ask = async (have: unknown) => say(node.address(), offerProtocol, [jsonFrame({ have })]);
    expect(await ask(null)).toEqual({ frames: [], reset: false });
    node.network.announce(sampleOffer(7));
    expect((await ask(null)).frames).toEqual([{ offer: sampleOffer(7) }]);
    expect((await ask(9)).frames).toEqual([{ offer: sampleOffer(7) }]);
    expect((await ask(7)).frames).toEqual([{ same: true }]);
    for (const strange of [-1, 1.5, 'x', 2 ** 60]) expect(await ask(strange)).toEqual({ frames: [], reset: true });
  });
});

describe('askers', () => {
  test('a frame larger than any question', async () => {
    const node = await startNode();
    const { frames } = await say(node.address(), chatProtocol, [Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 2, 3])]);
    expect(frames).toMatchObject([{ failure: { code: 'prompt-too-long' } }]);
  });

  test('no JSON, and JSON that is no question', async () => {
    const node = await startNode();
    expect((await say(node.address(), chatProtocol, [frame(Buffer.from('{"id"'))])).frames).toMatchObject([
      { failure: { code: 'bad-request' } },
    ]);
    for (const value of [null, [], 7, {}, { ...question('x'), id: 'no uuid' }, { ...question('x'), messages: [] }]) {
      expect((await say(node.address(), chatProtocol, [jsonFrame(value)])).frames).toMatchObject([{ failure: { code: 'bad-request' } }]);
    }
  });

  test('a second question on the same stream stops the first', async () => {
    const stopped = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const node = await startNode({
      serve: async function* (_request, signal) {
        asked.resolve();
        yield { kind: 'text', text: 'a' };
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        stopped.resolve();
      },
    });
    const stock = await startStock();
    const stream = await stock.dialProtocol(multiaddr(node.address()), chatProtocol);
    stream.send(jsonFrame(question('x')));
    await asked.promise;
    stream.send(jsonFrame(question('y')));
    await stopped.promise;
  });

  test('nothing at all is told so', { timeout: 20_000 }, async () => {
    const node = await startNode();
    const { frames } = await say(node.address(), chatProtocol, [Buffer.from([0])]);
    expect(frames.at(-1)).toMatchObject({ failure: { code: 'timed-out' } });
  });

  test('more streams than allowed are reset, the others go on', async () => {
    const open = new Set<() => void>();
    const { leader, asker } = await linked({
      serve: async function* () {
        await new Promise<void>((resolve) => open.add(resolve));
        yield { kind: 'text', text: 'ok' };
        yield done;
      },
    });
    const asks = Array.from({ length: chatWire.streams + 20 }, () =>
      textOf(asker.network.ask(leader.network.peerId, question('x'), AbortSignal.timeout(20_000))).catch(
        (error: { code: string }) => error.code,
      ),
    );
    await expect.poll(() => open.size, { timeout: 10_000 }).toBeGreaterThanOrEqual(chatWire.streams - 1);
    const release = setInterval(() => {
      for (const resolve of open) resolve();
    }, 50);
    const results = await Promise.all(asks);
    clearInterval(release);
    expect(results.filter((result) => result === 'ok').length).toBeGreaterThanOrEqual(chatWire.streams - 1);
    expect(results.filter((result) => result !== 'ok').every((result) => result === 'queue-full' || result === 'leader-lost')).toBe(true);
  });

  test('offers that are none, or too large', async () => {
    const node = await startNode();
    const bad = [
      jsonFrame({}),
      jsonFrame({ offer: { ...sampleOffer(1), name: 'x'.repeat(64) } }),
      jsonFrame(null),
      Buffer.from([0, 4, 0, 1]),
      frame(Buffer.from('nonsense')),
    ];
    for (const bytes of bad) expect((await say(node.address(), offerProtocol, [bytes])).reset).toBe(true);
    expect(node.events.some((event) => event.kind === 'offer')).toBe(false);
  });
});

describe('leaders', () => {
  async function leaderThat(answers: (stream: Stream) => void) {
    const stock = await startStock();
    await stock.handle(chatProtocol, answers);
    const asker = await startNode();
    const peerId = await asker.network.dial(stock.getMultiaddrs()[0]?.toString() ?? '', soon());
    return textOf(asker.network.ask(peerId, question('x'), soon()));
  }

  const nonsense: [string, Uint8Array][] = [
    ['no JSON', frame(Buffer.from('}'))],
    ['an unknown chunk', jsonFrame({ chunk: { kind: 'dance' } })],
    ['an unknown failure', jsonFrame({ failure: { code: 'sulking', message: '' } })],
    ['a huge frame', Buffer.from([0xff, 0, 0, 0])],
    ['null', jsonFrame(null)],
  ];
  test.each(nonsense)('%s is a lost leader', async (_name, bytes) => {
    await expect(leaderThat((stream) => void stream.send(bytes))).rejects.toMatchObject({ code: 'leader-lost' });
  });

  test('an end without done is a lost leader', async () => {
    const answer = leaderThat((stream) => {
      stream.send(jsonFrame({ chunk: { kind: 'text', text: 'half' } }));
      void stream.close();
    });
    await expect(answer).rejects.toMatchObject({ code: 'leader-lost' });
  });

  test('one that is connected and says nothing is a lost leader', { timeout: 15_000 }, async () => {
    await expect(leaderThat(() => undefined)).rejects.toMatchObject({ code: 'leader-lost', message: 'The leader fell silent.' });
  });
});

test('native and WASM ciphers speak with each other', async () => {
  const leader = await startNode({ ciphers: 'wasm' });
  const asker = await startNode();
  expect([leader.network.ciphers, asker.network.ciphers]).toEqual(['wasm', 'native']);
  await asker.network.dial(leader.address(), soon());
  expect(await textOf(asker.network.ask(leader.network.peerId, question('x'.repeat(1_000_000)), soon()))).toBe('x'.repeat(1_000_000));
});
