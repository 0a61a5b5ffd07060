// /axon/inference/1.0.0 with a peer that speaks nothing else: stock libp2p and pnet, no identify, no ping.
import type { Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { cleanUp, done, question, startNode, startStock, textOf } from './network-fixtures.ts';

afterEach(cleanUp);

const inference = '/axon/inference/1.0.0';
const soon = (): AbortSignal => AbortSignal.timeout(10_000);

function framed(value: unknown): Uint8Array {
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.byteLength);
  return Buffer.concat([head, body]);
}

/** All bytes up to the other side's end. */
async function readAll(stream: Stream): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece.subarray());
  return Buffer.concat(pieces);
}

async function askAsSeed(address: string, request: unknown): Promise<unknown> {
  const seed = await startStock();
  const stream = await seed.dialProtocol(multiaddr(address), inference);
  const reply = readAll(stream);
  stream.send(framed(request));
  await stream.close();
  const bytes = await reply;
  expect(bytes.readUInt32BE(0)).toBe(bytes.byteLength - 4);
  return JSON.parse(bytes.subarray(4).toString()) as unknown;
}

test('a seed asks and gets the whole answer', async () => {
  const node = await startNode();
  expect(await askAsSeed(node.address(), { prompt: 'hello there', model: null })).toEqual({
    response: 'hellothere',
    success: true,
    error: null,
  });
});

test('a seed names a model, and hears of failures', async () => {
  const asked: (string | undefined)[] = [];
  const node = await startNode({
    serve: async function* (request) {
      asked.push(request.model);
      if (request.model === 'missing') throw new Failure('model-missing', 'no such model');
      yield done;
    },
  });
  expect(await askAsSeed(node.address(), { prompt: 'x', model: 'small' })).toMatchObject({ success: true });
  expect(await askAsSeed(node.address(), { prompt: 'x' })).toMatchObject({ success: true });
  expect(await askAsSeed(node.address(), { prompt: 'x', model: 'missing' })).toEqual({
    response: '',
    success: false,
    error: 'model-missing: no such model',
  });
  expect(await askAsSeed(node.address(), '{"prompt":')).toMatchObject({ response: '', success: false });
  expect(asked).toEqual(['small', undefined, 'missing']);
});

test('we ask a seed, directly and as a chat', async () => {
  const node = await startNode();
  const seed = await startStock();
  const seen: unknown[] = [];
  await seed.handle(inference, async (stream) => {
    const bytes = await readAll(stream);
    seen.push(JSON.parse(bytes.subarray(4).toString()));
    stream.send(framed({ response: 'from the seed', success: true, error: null }));
    await stream.close();
  });
  const peerId = await node.network.dial(seed.getMultiaddrs()[0]?.toString() ?? '', soon());
  expect(await node.network.askSeed(peerId, 'hello', undefined, soon())).toBe('from the seed');
  expect(await textOf(node.network.ask(peerId, question('hello'), soon()))).toBe('from the seed');
  expect(seen).toEqual([
    { prompt: 'hello', model: null },
    { prompt: 'hello', model: null },
  ]);
});

test('a seed that fails, and one that breaks off', async () => {
  const node = await startNode();
  const seed = await startStock();
  let reply: Uint8Array | null = framed({ response: '', success: false, error: 'ollama is not running' });
  await seed.handle(inference, async (stream) => {
    await readAll(stream);
    if (reply === null) stream.abort(new Error('gone'));
    else stream.send(reply);
    await stream.close();
  });
  const peerId = await node.network.dial(seed.getMultiaddrs()[0]?.toString() ?? '', soon());
  await expect(node.network.askSeed(peerId, 'x', undefined, soon())).rejects.toMatchObject({
    code: 'engine-failed',
    message: 'ollama is not running',
  });
  reply = framed('nonsense');
  await expect(node.network.askSeed(peerId, 'x', undefined, soon())).rejects.toMatchObject({ code: 'leader-lost' });
  reply = null;
  await expect(node.network.askSeed(peerId, 'x', undefined, soon())).rejects.toMatchObject({ code: 'leader-lost' });
});

test('a member without the protocols is told apart', async () => {
  const node = await startNode();
  const stock = await startStock();
  const peerId = await node.network.dial(stock.getMultiaddrs()[0]?.toString() ?? '', soon());
  await expect(textOf(node.network.ask(peerId, question('x'), soon()))).rejects.toMatchObject({ code: 'too-old' });
});
