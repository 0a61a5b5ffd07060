import { describe, expect, test } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { controlOf, createConnection } from './connection.ts';
import { callFailure } from './failures.ts';
import { SessionRefused } from './link.ts';
import type { Link } from './link.ts';

/** A link whose view stream is pushed by hand. */
function handLink(): { link: Link; push: (revision: number) => void; end: () => void } {
  const queue: SwarmView[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  const stream = async function* (): AsyncGenerator<SwarmView> {
    for (;;) {
      const next = queue.shift();
      if (next !== undefined) yield next;
      else if (ended) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  };
  const link = {
    control: { view: () => Promise.resolve(stream()) },
    desktop: {},
    closed: Promise.resolve(),
    close: () => undefined,
  } as unknown as Link;
  return {
    link,
    push: (revision) => {
      queue.push({ revision, settings: {} } as SwarmView);
      wake();
    },
    end: () => {
      ended = true;
      wake();
    },
  };
}

describe('createConnection', () => {
  test('connects, loses the link, keeps the view, and comes back', async () => {
    const first = handLink();
    const second = handLink();
    const links = [first.link, second.link];
    const pauses: number[] = [];
    let letGo: () => void = () => undefined;
    const store = createConnection({
      source: () => {
        const link = links.shift();
        return link === undefined ? Promise.reject(new Error('nobody there')) : Promise.resolve(link);
      },
      pause: (ms) => {
        pauses.push(ms);
        return new Promise((resolve) => {
          letGo = resolve;
        });
      },
      random: () => 0.5,
      now: () => 42,
    });
    expect(store.getState().link).toEqual({ kind: 'connecting' });
    expect(() => controlOf(store)).toThrow(expect.objectContaining({ code: 'disconnected' }));
    first.push(1);
    await expect.poll(() => store.getState().link.kind).toBe('connected');
    first.end();
    await expect.poll(() => store.getState().link).toEqual({ kind: 'lost', since: 42 });
    expect(store.getState().view?.revision).toBe(1);
    letGo();
    second.push(9);
    await expect.poll(() => store.getState()).toMatchObject({ link: { kind: 'connected' }, epoch: 2, view: { revision: 9 } });
    // After a good link the pauses begin small again.
    second.end();
    await expect.poll(() => pauses).toEqual([200, 200]);
  });

  test('pauses grow while nobody answers, up to 4 s', async () => {
    const pauses: number[] = [];
    const stop = new AbortController();
    createConnection(
      {
        source: () => Promise.reject(new Error('nobody there')),
        pause: (ms) => {
          pauses.push(ms);
          if (pauses.length === 12) stop.abort();
          return Promise.resolve();
        },
        random: () => 0.5,
        now: () => 0,
      },
      stop.signal,
    );
    await expect.poll(() => pauses.length).toBe(12);
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? 0);
    expect(pauses.at(-1)).toBe(4000);
  });

  test('a refused session ends it', async () => {
    const store = createConnection({
      source: () => Promise.reject(new SessionRefused()),
      pause: () => Promise.resolve(),
      random: () => 0,
      now: () => 0,
    });
    await expect.poll(() => store.getState().link).toEqual({ kind: 'refused' });
  });
});

describe('callFailure', () => {
  test('keeps the code of a FAILURE and words the rest', () => {
    expect(callFailure({ code: 'FAILURE', data: { code: 'queue-full', message: 'm' } }).code).toBe('queue-full');
    expect(callFailure(Object.assign(new Error('Input validation failed'), { code: 'BAD_REQUEST' })).code).toBe('bad-request');
    expect(callFailure(new Error('Cannot send message, WebSocket is not open.')).code).toBe('disconnected');
    expect(callFailure(Object.assign(new Error('x'), { name: 'AbortError' })).code).toBe('disconnected');
    expect(callFailure(new Error('anything else')).code).toBe('internal');
  });
});
