// "Add a device" in memory: the code finds the door, everything else is as on the wire.
import { Failure } from '../../src-shared/failure.ts';
import { peerIdOf } from '../../src-main/network/identity.ts';
import type { PairingPort } from '../../src-main/node/options.ts';
import { overWire, wordsFor } from './fake-links.ts';

type Open = Parameters<PairingPort['open']>[0] & { port: number; left: number; over: AbortController };

export function fakePairing(): PairingPort {
  const doors = new Set<Open>();
  let port = 5000;
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const wake of waiting) wake();
    waiting.clear();
  };

  return {
    open(parts) {
      const door: Open = { ...parts, port: (port += 1), left: 3, over: new AbortController() };
      doors.add(door);
      changed();
      return Promise.resolve({
        port: door.port,
        addresses: [`127.0.0.1:${door.port}`],
        close() {
          doors.delete(door);
          changed();
          door.over.abort();
          return Promise.resolve();
        },
      });
    },
    async *nearby(signal) {
      for (;;) {
        yield [...doors].map(({ privateKey, name, port: at }) => ({
          peerId: peerIdOf(privateKey),
          name,
          host: '127.0.0.1',
          address: `127.0.0.1:${at}`,
        }));
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
          waiting.add(resolve);
        });
        if (signal.aborted) return;
      }
    },
    async *join({ privateKey, name, code, address, signal }) {
      yield { kind: 'searching' };
      const door = [...doors].find((one) => address === undefined || address === `127.0.0.1:${one.port}`);
      if (door === undefined) {
        if (address !== undefined) throw new Failure('not-reachable', 'Nobody answers there.');
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
        return;
      }
      if (door.code !== code) {
        door.left -= 1;
        door.onChange({ triesLeft: door.left, closed: door.left === 0 });
        throw new Failure('code-wrong', 'Not that code.');
      }
      const [joiner, host] = [peerIdOf(privateKey), peerIdOf(door.privateKey)];
      const words = wordsFor(joiner, host);
      yield { kind: 'words', name: door.name, words };
      const over = AbortSignal.any([signal, door.over.signal]);
      const answer = await door.admit({ peerId: joiner, name, words, by: 'code' }, over).catch((error: unknown) => {
        throw signal.aborted ? error : new Failure('code-expired', 'Adding a device is over there.');
      });
      if (answer.kind === 'refused') throw new Failure('not-let-in', 'A person said no.');
      yield {
        kind: 'welcome',
        peerId: host,
        name: door.name,
        words,
        swarm: door.swarm,
        news: overWire(answer.news) as typeof answer.news,
        addresses: door.addresses(),
      };
    },
  };
}
