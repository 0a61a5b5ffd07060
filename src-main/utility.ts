// The node's own process under Electron: makes the real node and serves its control contract on every port it is given.
import process from 'node:process';
import { onMessagePortClose } from '@orpc/client/message-port';
import { RPCHandler } from '@orpc/server/message-port';
import { Failure, toFailure } from '../src-shared/failure.ts';
import { managedUpdates } from '../src-shared/updates.ts';
import { places } from './cli/places.ts';
import { realNode, type RealNode } from './real-node.ts';
import { homePaths } from './store/home.ts';
import type { FromNode, ToNode } from './node-messages.ts';
import type { Seal } from './store/identity.ts';

/** Electron gives a utility process this port to its parent; there are no types for it without Electron's. */
type ParentPort = {
  on(event: 'message', heard: (event: { data: ToNode; ports: MessagePortLike[] }) => void): void;
  postMessage(message: FromNode): void;
};
type MessagePortLike = Parameters<RPCHandler<Record<never, never>>['upgrade']>[0] & { start(): void };

const { parentPort } = process as unknown as { parentPort: ParentPort };

/** The key store lives in the main process; asked by message, answered by number. */
function remoteSeal(): Seal & { hear(answer: Extract<ToNode, { kind: 'sealed' }>): void } {
  const waiting = new Map<number, (answer: { bytes: string } | { reason: string }) => void>();
  let last = 0;
  const ask = async (what: 'seal' | 'open', bytes: Uint8Array): Promise<Uint8Array> => {
    const id = (last += 1);
    const answer = await new Promise<{ bytes: string } | { reason: string }>((resolve) => {
      waiting.set(id, resolve);
      parentPort.postMessage({ kind: 'seal', id, what, bytes: Buffer.from(bytes).toString('base64') });
    });
    if ('reason' in answer) throw new Error(answer.reason);
    return new Uint8Array(Buffer.from(answer.bytes, 'base64'));
  };
  return {
    seal: (bytes) => ask('seal', bytes),
    open: (bytes) => ask('open', bytes),
    hear({ id, answer }) {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    },
  };
}

const seal = remoteSeal();
let node: RealNode | undefined;
const ports: MessagePortLike[] = [];
let stopping = false;

function serve(port: MessagePortLike): void {
  if (node === undefined) {
    ports.push(port);
    return;
  }
  const gone = new AbortController();
  // before the handler hears of it, which ends what runs for this window as if somebody had stopped it
  onMessagePortClose(port, () => gone.abort());
  new RPCHandler(node.control).upgrade(port, { context: { face: {}, gone: gone.signal } });
  port.start();
}

async function start({ home, sealed, mdns }: Extract<ToNode, { kind: 'start' }>): Promise<void> {
  const found = places();
  const updates = managedUpdates(process.env['AXON_UPDATES']);
  node = await realNode({
    home: homePaths(home),
    engineChildEntry: found.engineChild,
    modelDirs: found.models,
    seal: sealed ? seal : null,
    pageDir: found.page,
    mdns,
    ...(updates === undefined ? {} : { settings: { updates }, flags: { updates: 'AXON_UPDATES' } }),
    toggleWindow: () => parentPort.postMessage({ kind: 'toggle' }),
  });
  for (const port of ports.splice(0)) serve(port);
  await node.start();
  parentPort.postMessage({ kind: 'started' });
}

async function tellSecret({ id, request }: Extract<ToNode, { kind: 'secret' }>): Promise<void> {
  try {
    if (node === undefined) throw new Failure('disconnected', 'The node is only starting.');
    parentPort.postMessage({ kind: 'secret', id, answer: { text: await node.secret(request) } });
  } catch (error) {
    parentPort.postMessage({ kind: 'secret', id, answer: { failure: toFailure(error).toShape() } });
  }
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await node?.stop();
  process.exit(0);
}

parentPort.on('message', ({ data, ports: given }) => {
  switch (data.kind) {
    case 'start':
      start(data).catch((error: unknown) => {
        parentPort.postMessage({ kind: 'failed', failure: toFailure(error).toShape() });
        process.exit(1);
      });
      return;
    case 'port':
      for (const port of given) serve(port);
      return;
    case 'nudge':
      node?.nudge();
      return;
    case 'stop':
      void stop();
      return;
    case 'secret':
      void tellSecret(data);
      return;
    case 'sealed':
      seal.hear(data);
      return;
  }
});
// js-libp2p can throw inside an event listener of a socket that just went away: note it, and keep the others' connections.
process.on('uncaughtException', (error) => node?.log.error('an error nobody caught', { reason: error.message }));
