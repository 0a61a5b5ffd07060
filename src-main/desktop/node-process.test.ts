import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ToNode } from '../node-messages.ts';

/** A utility process as far as node-process.ts knows it; it lives until the test ends it. */
class FakeChild extends EventEmitter {
  pid: number | undefined = 1;
  readonly got: ToNode[] = [];
  postMessage(message: ToNode): void {
    this.got.push(message);
  }
  end(): void {
    this.pid = undefined;
    this.emit('exit', 1);
  }
}

const children: FakeChild[] = [];
const sealed: [string, string][] = [];
vi.mock('electron', () => ({
  utilityProcess: {
    fork: () => {
      const child = new FakeChild();
      children.push(child);
      return child;
    },
  },
  MessageChannelMain: class {
    port1 = { name: 'near' };
    port2 = { name: 'far' };
  },
}));
vi.mock('./seal.ts', () => ({
  seal: (what: string, bytes: string) => {
    sealed.push([what, bytes]);
    return bytes === 'bad' ? Promise.reject(new Error('locked')) : Promise.resolve(`${bytes}!`);
  },
}));
const { nodeProcess } = await import('./node-process.ts');

const options = { entry: 'utility.js', home: '/home/dir', mdns: false, sealed: true };
const last = (): FakeChild => children.at(-1) ?? new FakeChild();

beforeEach(() => {
  vi.useFakeTimers();
  children.length = 0;
  sealed.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

describe('nodeProcess', () => {
  test('tells the node where its home is before anything else', () => {
    const node = nodeProcess(options);
    node.nudge();
    expect(last().got).toEqual([{ kind: 'start', home: '/home/dir', sealed: true, mdns: false }, { kind: 'nudge' }]);
  });

  test('a secret comes back to whoever asked for it; a refusal keeps its code, and a node that dies answers nobody', async () => {
    const node = nodeProcess(options);
    const [first, second, third] = [node.secret({ kind: 'key' }), node.secret({ kind: 'recovery' }), node.secret({ kind: 'ledger' })];
    const ids = last().got.flatMap((message) => (message.kind === 'secret' ? [message.id] : []));
    expect(new Set(ids).size).toBe(3);
    last().emit('message', { kind: 'secret', id: ids[1], answer: { failure: { code: 'not-admin', message: 'no' } } });
    last().emit('message', { kind: 'secret', id: ids[0], answer: { text: 'the key' } });
    expect(await first).toBe('the key');
    await expect(second).rejects.toMatchObject({ code: 'not-admin' });
    last().end();
    await expect(third).rejects.toMatchObject({ code: 'disconnected' });
  });

  test('a node that dies is back soon, and whoever holds a port is told', () => {
    const node = nodeProcess(options);
    const told = vi.fn();
    node.onStart(told);
    last().end();
    expect(children).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(children).toHaveLength(2);
    expect(told).toHaveBeenCalledOnce();
    node.port();
    expect(last().got.map(({ kind }) => kind)).toEqual(['start', 'port']);
  });

  test('one that dies at once is started ever more slowly, but within 5 s; after a good minute it starts over', () => {
    nodeProcess(options);
    for (const pause of [100, 500, 1000, 2000, 2000, 2000]) {
      const before = children.length;
      last().end();
      vi.advanceTimersByTime(pause - 1);
      expect(children).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(children).toHaveLength(before + 1);
    }
    vi.advanceTimersByTime(61_000);
    const before = children.length;
    last().end();
    vi.advanceTimersByTime(100);
    expect(children).toHaveLength(before + 1);
  });

  test('stop asks, waits, and does not bring it back', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const node = nodeProcess(options);
    const stopped = node.stop();
    expect(last().got.at(-1)).toEqual({ kind: 'stop' });
    last().end();
    await stopped;
    vi.advanceTimersByTime(60_000);
    expect(children).toHaveLength(1);
    expect(kill).not.toHaveBeenCalled();
  });

  test('a node that hangs is ended, without being asked again, before quit has taken 5 s', async () => {
    const node = nodeProcess(options);
    const child = last();
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      child.end();
      return true;
    });
    const stopped = node.stop();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(kill).toHaveBeenCalledExactlyOnceWith(1, 'SIGKILL');
    await stopped;
  });

  test('stop between two lives leaves no third one', async () => {
    const node = nodeProcess(options);
    last().end();
    await node.stop();
    vi.advanceTimersByTime(60_000);
    expect(children).toHaveLength(1);
  });

  test('seals for the node, and says why when it cannot', async () => {
    nodeProcess(options);
    last().emit('message', { kind: 'seal', id: 1, what: 'seal', bytes: 'key' });
    last().emit('message', { kind: 'seal', id: 2, what: 'open', bytes: 'bad' });
    await vi.waitFor(() => expect(last().got).toHaveLength(3));
    expect(sealed).toEqual([
      ['seal', 'key'],
      ['open', 'bad'],
    ]);
    expect(last().got.slice(1)).toEqual([
      { kind: 'sealed', id: 1, answer: { bytes: 'key!' } },
      { kind: 'sealed', id: 2, answer: { reason: 'Error: locked' } },
    ]);
  });

  test('what the node says against itself is passed on', () => {
    const node = nodeProcess(options);
    const failed = vi.fn();
    node.onFailed(failed);
    last().emit('message', { kind: 'failed', failure: { code: 'home-in-use', message: 'm' } });
    expect(failed).toHaveBeenCalledWith({ code: 'home-in-use', message: 'm' });
  });
});
