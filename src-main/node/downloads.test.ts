// Downloads over pauses, failures and restarts of the node, on a clock turned by hand; engines are played.
import { describe, expect, test } from 'vitest';
import type { DownloadSource, ModelDownload } from '../../src-shared/download.ts';
import { msLeft } from '../../src-shared/download.ts';
import { Failure } from '../../src-shared/failure.ts';
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Engine, Pulled } from '../jobs/ports.ts';
import { defaultSettings } from '../store/settings-store.ts';
import { fakeEngine } from '../../test/fakes/fake-engine.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { quietLog } from '../../test/swarm/network-fixtures.ts';
import { downloadsOf } from './downloads.ts';

const file: DownloadSource = { engine: 'embedded', url: 'https://example.org/tiny.gguf' };
const named: DownloadSource = { engine: 'ollama', name: 'tiny:1b' };
const MB = 1_000_000;

/** A source that gives what it is told to, and keeps what came, as a disk does. */
function playedSource() {
  const disk = { bytes: 0, total: (100 * MB) as number | null };
  const given: { step: (bytes: number) => void; fail: (why: Failure) => void }[] = [];
  const seen = { begun: [] as number[], discarded: 0, stopped: 0 };
  async function* steps(signal: AbortSignal): AsyncGenerator<Pulled> {
    seen.begun.push(disk.bytes);
    yield { receivedBytes: disk.bytes, totalBytes: disk.total };
    for (;;) {
      const next = Promise.withResolvers<number>();
      given.push({ step: next.resolve, fail: next.reject });
      signal.addEventListener('abort', () => next.reject(signal.reason), { once: true });
      disk.bytes += await next.promise;
      yield { receivedBytes: disk.bytes, totalBytes: disk.total };
      if (disk.bytes === disk.total) return;
    }
  }
  const engine = (kind: 'embedded' | 'ollama'): Engine => ({
    ...fakeEngine(),
    kind,
    pull: (_model, signal) => steps(signal),
    fetcher: {
      nameOf: (url) => (url.endsWith('.gguf') ? 'tiny' : null),
      fetch: (_source, signal) => steps(signal),
      async discard() {
        seen.discarded += 1;
        disk.bytes = 0;
      },
    },
    async stop() {
      seen.stopped += 1;
    },
  });
  return { disk, seen, engine, give: (bytes: number) => given.at(-1)?.step(bytes), fail: (why: Failure) => given.at(-1)?.fail(why) };
}

function node(played = playedSource(), kept: { dump?: unknown } = {}, ramMb: number | null = null) {
  const clock = handClock();
  const downloads = downloadsOf({
    clock,
    log: quietLog,
    engine: ({ engine }) => played.engine(engine === 'ollama' ? engine : 'embedded'),
    settings: defaultSettings,
    running: () => null,
    machine: () => ({ ...unknownHardware, unknown: [], ram: { totalMb: ramMb, freeMb: null } }),
    keeper: { read: () => kept.dump, write: (dump) => void (kept.dump = structuredClone(dump)) },
    changed: () => {},
  });
  const one = (): ModelDownload => {
    const [only, ...others] = downloads.list();
    if (only === undefined || others.length > 0) throw new Error(`${others.length + 1} downloads`);
    return only;
  };
  return { clock, downloads, one, played, kept };
}

test.each([file, named])('$engine: bytes, speed and the time that is left, until it is here', async (source) => {
  const { clock, downloads, one, played } = node();
  await downloads.start(source);
  await clock.run(0);
  expect(one()).toMatchObject({ state: 'running', receivedBytes: 0, totalBytes: 100 * MB, bytesPerSecond: null });
  for (let second = 0; second < 4; second += 1) {
    played.give(10 * MB);
    await clock.run(1000);
  }
  expect(one().receivedBytes).toBe(40 * MB);
  expect(one().bytesPerSecond).toBeGreaterThan(9 * MB);
  expect(msLeft(one())).toBeCloseTo((60 * MB * 1000) / (one().bytesPerSecond ?? 0));
  expect(downloads.told()).toEqual({ name: one().name, progress: 0.4 });
  played.give(60 * MB);
  await clock.run(0);
  expect(one()).toMatchObject({ state: 'done', receivedBytes: 100 * MB, bytesPerSecond: null, failure: null });
  expect(downloads.told()).toBeUndefined();
  expect(clock.timers()).toBe(0);
  expect(played.seen.stopped).toBeGreaterThan(0);
});

test('the others are told steps of 5 % and nothing between them', async () => {
  const { clock, downloads, played } = node();
  await downloads.start(file);
  const told = new Set<number | null | undefined>();
  for (let given = 0; given < 100; given += 1) {
    await clock.run(0);
    told.add(downloads.told()?.progress);
    played.give(MB);
  }
  expect(told.size).toBe(20);
});

test('paused it stays, and goes on with what it has; asked for once more it is the same one', async () => {
  const { clock, downloads, one, played } = node();
  await downloads.start(file);
  await clock.run(0);
  played.give(40 * MB);
  await clock.run(0);
  downloads.pause(one().id);
  await clock.run(60_000);
  expect(one()).toMatchObject({ state: 'paused', receivedBytes: 40 * MB, bytesPerSecond: null });
  await downloads.start(file);
  await clock.run(0);
  expect(one().state).toBe('running');
  expect(played.seen.begun).toEqual([0, 40 * MB]);
});

test('quick hands: pause and resume in one breath leave one at work', async () => {
  const { clock, downloads, one, played } = node();
  await downloads.start(file);
  await clock.run(0);
  const { id } = one();
  for (let press = 0; press < 5; press += 1) {
    downloads.pause(id);
    downloads.resume(id);
  }
  await clock.run(0);
  played.give(100 * MB);
  await clock.run(0);
  expect(one().state).toBe('done');
  expect(played.seen.begun).toEqual([0, 0]);
});

describe('over a restart', () => {
  test('what ran goes on by itself; what was paused or failed waits', async () => {
    const played = playedSource();
    const kept = {};
    const before = node(played, kept);
    await before.downloads.start(file);
    await before.clock.run(0);
    played.give(40 * MB);
    await before.clock.run(6000);
    await before.downloads.stop();

    const after = node(played, kept);
    after.downloads.up();
    await after.clock.run(0);
    expect(after.one()).toMatchObject({ id: before.one().id, state: 'running', receivedBytes: 40 * MB });
    expect(played.seen.begun).toEqual([0, 40 * MB]);
    after.downloads.pause(after.one().id);
    await after.downloads.stop();

    const later = node(played, kept);
    later.downloads.up();
    await later.clock.run(10_000);
    expect(later.one().state).toBe('paused');
    expect(played.seen.begun).toHaveLength(2);
  });

  test('also when the node was killed, and with a list that cannot be read', async () => {
    const played = playedSource();
    const kept: { dump?: unknown } = {};
    const killed = node(played, kept);
    await killed.downloads.start(file);
    await killed.clock.run(0);
    const after = node(playedSource(), kept);
    after.downloads.up();
    await after.clock.run(0);
    expect(after.one().state).toBe('running');
    const damaged = node(played, { dump: { downloads: [{ id: 'x', source: 'y' }] } });
    damaged.downloads.up();
    expect(damaged.downloads.list()).toEqual([]);
    const whole = { ...killed.one(), state: 'paused' };
    const half = node(played, { dump: { downloads: [{ id: 'x', source: 'y' }, whole, { ...whole, id: 'z' }] } });
    half.downloads.up();
    expect(half.one()).toEqual(whole);
  });
});

test('a failure keeps what came, says why, and is tried again when asked', async () => {
  const { clock, downloads, one, played } = node();
  await downloads.start(file);
  await clock.run(0);
  played.give(70 * MB);
  await clock.run(0);
  played.fail(new Failure('server-gone', 'gone'));
  await clock.run(0);
  expect(one()).toMatchObject({ state: 'failed', receivedBytes: 70 * MB, failure: { code: 'server-gone' } });
  downloads.resume(one().id);
  await clock.run(0);
  expect(one()).toMatchObject({ state: 'running', failure: null });
  expect(played.seen.begun).toEqual([0, 70 * MB]);
});

test('cancelled it is gone, with what came of it', async () => {
  const { clock, downloads, one, played, kept } = node();
  await downloads.start(file);
  await clock.run(0);
  played.give(40 * MB);
  await clock.run(0);
  await downloads.cancel(one().id);
  expect(downloads.list()).toEqual([]);
  expect(kept.dump).toEqual({ downloads: [] });
  expect(played.seen.discarded).toBe(1);
  await expect(downloads.cancel('nobody')).rejects.toMatchObject({ code: 'not-found' });
});

describe('one file name, one download', () => {
  test('two presses at once begin one', async () => {
    const { clock, downloads, one, played } = node();
    await Promise.all([downloads.start(file), downloads.start(file)]);
    await clock.run(0);
    expect(one().state).toBe('running');
    expect(played.seen.begun).toEqual([0]);
    await downloads.stop();
  });

  test('a file of that name from elsewhere has to wait until this one is done', async () => {
    const { clock, downloads, one, played } = node();
    const other = { ...file, url: 'https://elsewhere.example/a/Tiny.gguf' };
    await downloads.start(file);
    await clock.run(0);
    await expect(downloads.start(other)).rejects.toMatchObject({ code: 'download-begun' });
    downloads.pause(one().id);
    await expect(downloads.start(other)).rejects.toMatchObject({ code: 'download-begun' });
    downloads.resume(one().id);
    await clock.run(0);
    played.give(100 * MB);
    await clock.run(0);
    await downloads.start(other);
    expect(downloads.list()).toHaveLength(2);
    await downloads.stop();
  });

  describe('a mistyped address', () => {
    const other = { ...file, url: 'https://elsewhere.example/a/Tiny.gguf' };
    const member = { peerId: 'laptop', name: 'LAPTOP' };
    const failing = async (bytes: number) => {
      const all = node();
      await all.downloads.start(file);
      await all.clock.run(0);
      all.played.give(bytes);
      await all.clock.run(0);
      all.played.fail(new Failure('server-gone', 'gone'));
      await all.clock.run(0);
      expect(all.one()).toMatchObject({ state: 'failed', receivedBytes: bytes });
      return all;
    };

    test('that brought nothing gives way to the right one', async () => {
      const { downloads, one, kept } = await failing(0);
      await downloads.start(other);
      expect(one()).toMatchObject({ state: 'running', source: other, failure: null });
      expect(kept.dump).toMatchObject({ downloads: [{ source: other }] });
      await downloads.stop();
    });

    test('does not where something came of it, nor for somebody else', async () => {
      const some = await failing(MB);
      await expect(some.downloads.start(other)).rejects.toMatchObject({ code: 'download-begun' });
      const none = await failing(0);
      await expect(none.downloads.start(other, member)).rejects.toMatchObject({ code: 'download-begun' });
      expect([some.one().source, none.one().source]).toEqual([file, file]);
    });
  });

  test('asked for again while what came is being deleted, it begins after that', async () => {
    const { clock, downloads, one, played } = node();
    await downloads.start(file);
    await clock.run(0);
    played.give(40 * MB);
    await clock.run(0);
    const { id } = one();
    const cancelled = downloads.cancel(id);
    expect(downloads.list()).toEqual([]);
    expect(() => downloads.resume(id)).toThrow('no such download');
    await Promise.all([cancelled, downloads.start(file), expect(downloads.cancel(id)).rejects.toMatchObject({ code: 'not-found' })]);
    await clock.run(0);
    expect(played.seen).toMatchObject({ begun: [0, 0], discarded: 1 });
    expect(one().state).toBe('running');
    await downloads.stop();
  });
});

describe('the end of the node while the file is looked at', () => {
  const checked = (fetch: () => AsyncGenerator<Pulled>) => {
    const played = playedSource();
    const fetcher = { nameOf: () => 'tiny', discard: async () => {}, fetch };
    return { ...played, engine: (kind: 'embedded' | 'ollama') => ({ ...played.engine(kind), fetcher }) };
  };

  test('it became a model before the end: it does not come back', async () => {
    const looked = Promise.withResolvers<void>();
    const played = checked(async function* () {
      yield { receivedBytes: MB, totalBytes: MB, checking: true };
      await looked.promise;
    });
    const { clock, downloads, one, kept } = node(played);
    await downloads.start(file);
    await clock.run(0);
    expect(one().state).toBe('checking');
    const stopped = downloads.stop();
    looked.resolve();
    await stopped;
    expect(kept.dump).toEqual({ downloads: [] });
  });

  test.each(['checking', 'running'] as const)('%s when it was killed, and the model is here', async (state) => {
    const played = checked(async function* () {
      yield await Promise.reject(new Failure('model-exists', 'here'));
    });
    const id = '3f1d2c80-5a6b-4c7d-8e9f-0a1b2c3d4e5f';
    const entry = { id, source: file, name: 'tiny', receivedBytes: MB, totalBytes: MB, bytesPerSecond: null, again: false, failure: null };
    const { clock, downloads, one } = node(played, { dump: { downloads: [{ ...entry, state }] } });
    downloads.up();
    await clock.run(0);
    expect(one()).toMatchObject(
      state === 'checking' ? { state: 'done', failure: null } : { state: 'failed', failure: { code: 'model-exists' } },
    );
  });
});

test('too big for the machine: told by the size that the server says, before a byte is written', async () => {
  const played = playedSource();
  played.disk.total = 8_000 * MB;
  const { clock, downloads, one } = node(played, {}, 4096);
  await downloads.start(file);
  await clock.run(0);
  expect(one()).toMatchObject({ state: 'failed', receivedBytes: 0, failure: { code: 'model-too-big' } });
});

test('a page is no model, and sixteen are enough', async () => {
  const { clock, downloads } = node();
  await expect(downloads.start({ engine: 'embedded', url: 'https://example.org/index.html' })).rejects.toMatchObject({
    code: 'bad-model-address',
  });
  for (let number = 0; number < 16; number += 1) await downloads.start({ ...file, url: `https://example.org/${number}.gguf` });
  await expect(downloads.start(named)).rejects.toMatchObject({ code: 'rate-limited' });
  await clock.run(0);
  await downloads.stop();
});
