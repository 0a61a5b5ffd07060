// "Add a device" on real sockets: the right code, wrong ones, time, closing, and somebody in between. Figures go to reports/trust.json.
import { createConnection } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { JoinAnswer, JoinRequest } from '../../src-main/membership/ports.ts';
import type { Discover } from '../../src-main/network/discovery.ts';
import { newIdentity, peerIdOf } from '../../src-main/network/identity.ts';
import { pairByCode, type PairStep } from '../../src-main/network/pair-by-code.ts';
import { openPairing, type Pairing, type PairingOptions } from '../../src-main/network/pairing.ts';
import { newNonce, wordsOf } from '../../src-main/network/words.ts';
import { handClock } from '../fakes/hand-clock.ts';
import { newKey, testSwarm } from '../fakes/test-trust.ts';
import { report } from '../report.ts';
import { cleanUp, ending, quietLog, realClock } from './network-fixtures.ts';
import { heardBack, startStranger } from './trust-fixtures.ts';

const figures = report('trust');
afterEach(cleanUp);
afterAll(() => void figures.write());

const code = 'K7QM-4XWP';
const soon = { timeout: 10_000 };
const [admin] = testSwarm(['desk', 'laptop']);
if (admin === undefined) throw new Error('an admin');
const swarm = admin.digest().swarm ?? '';

type Open = Pairing & { host: string; asked: JoinRequest[]; changes: { triesLeft: number; closed: boolean }[] };

async function open(
  answer: (request: JoinRequest, signal: AbortSignal) => Promise<JoinAnswer>,
  more: Partial<PairingOptions> = {},
): Promise<Open> {
  const asked: JoinRequest[] = [];
  const changes: Open['changes'] = [];
  const privateKey = more.privateKey ?? newIdentity();
  const pairing = await openPairing({
    privateKey,
    name: 'desk',
    code,
    listen: ['/ip4/127.8.0.1/tcp/0'],
    swarm,
    addresses: () => ['/ip4/192.0.2.1/tcp/4101/p2p/12D3KooWNRXQvZkfTsiPj2C4WoqTzMzwTbTQYQUH4GeQfc2UsqGz'],
    admit(request, signal) {
      asked.push(request);
      return answer(request, signal);
    },
    onChange: (change) => void changes.push(change),
    clock: realClock,
    log: quietLog,
    ...more,
  });
  ending(() => pairing.close());
  return { ...pairing, host: peerIdOf(privateKey), asked, changes };
}

const welcome = (): Promise<JoinAnswer> =>
  Promise.resolve({ kind: 'welcome', news: { statements: admin.newsFor(admin.peerId).statements, keys: [newKey()] } });
const never = (_request: JoinRequest, signal: AbortSignal): Promise<JoinAnswer> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

type Way = { address: string } | { discover: Discover };

async function join(way: Way, typed = code, heard: (step: PairStep) => void = () => undefined): Promise<PairStep[]> {
  const steps: PairStep[] = [];
  const parts = {
    privateKey: newIdentity(),
    name: 'laptop',
    code: typed,
    discover: null,
    clock: realClock,
    log: quietLog,
    signal: AbortSignal.timeout(10_000),
  };
  for await (const step of pairByCode({ ...parts, ...way })) {
    steps.push(step);
    heard(step);
  }
  return steps;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.8.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('with the right code', () => {
  test('the same words on both screens, then the welcome', async () => {
    const door = await open(welcome);
    const [searching, words, last] = await join({ address: door.addresses[0] ?? '' }, 'k7qm 4xwp');
    expect(searching).toEqual({ kind: 'searching' });
    expect(words).toEqual({ kind: 'words', name: 'desk', words: door.asked[0]?.words });
    expect(door.asked).toMatchObject([{ name: 'laptop', by: 'code' }]);
    expect(last).toMatchObject({ kind: 'welcome', name: 'desk', addresses: [expect.stringContaining('192.0.2.1')] });
    expect(last?.kind === 'welcome' && last.news.statements).toEqual(admin.newsFor(admin.peerId).statements);
    expect(door.changes).toEqual([]);
  });

  test('found by mDNS, without an address', async () => {
    const door = await open(welcome);
    const privateKey = newIdentity();
    let stopped = false;
    const discover: Discover = ({ swarmTags }) => {
      expect(swarmTags()).toEqual({ announced: null, ours: [] });
      let told: (peerId: string, addresses: string[], name: string) => void = () => undefined;
      return {
        // first one that is not there any more
        start: () => {
          told(peerIdOf(privateKey), ['/ip4/127.8.0.1/tcp/1'], 'gone');
          told(door.host, [`/ip4/127.8.0.1/tcp/${door.port}`], 'desk');
        },
        stop: () => void (stopped = true),
        onPairing: (found) => void (told = found),
        ...{ onFound: () => undefined, onOtherSwarm: () => undefined, onInterfaces: () => undefined },
        ...{ setPairing: () => undefined, changed: () => undefined },
      };
    };
    expect((await join({ discover })).at(-1)?.kind).toBe('welcome');
    expect(stopped).toBe(true);
  });

  test('a no is a no', async () => {
    const door = await open(() => Promise.resolve({ kind: 'refused', why: 'no' }));
    await expect(join({ address: door.addresses[0] ?? '' })).rejects.toMatchObject({ code: 'not-let-in' });
  });

  test('who stops waiting is no applicant any more', async () => {
    const gone = Promise.withResolvers<void>();
    const door = await open((request, signal) => {
      signal.addEventListener('abort', () => gone.resolve(), { once: true });
      return never(request, signal);
    });
    const stop = new AbortController();
    const steps = pairByCode({
      privateKey: newIdentity(),
      name: 'x',
      code,
      address: door.addresses[0] ?? '',
      discover: null,
      clock: realClock,
      log: quietLog,
      signal: stop.signal,
    });
    await steps.next();
    expect((await steps.next()).value).toMatchObject({ kind: 'words' });
    await expect.poll(() => door.asked.length, soon).toBe(1);
    stop.abort();
    await expect(steps.next()).rejects.toMatchObject({ name: 'AbortError' });
    await gone.promise;
  });
});

describe('it closes', () => {
  test('after three wrong codes', async () => {
    const door = await open(welcome);
    const address = door.addresses[0] ?? '';
    for (const typed of ['AAAA-AAAA', 'K7QM-4XWQ']) await expect(join({ address }, typed)).rejects.toMatchObject({ code: 'code-wrong' });
    // no code at all does not even get there
    await expect(join({ address }, 'K7QM')).rejects.toMatchObject({ code: 'code-wrong' });
    expect(door.changes).toEqual([
      { triesLeft: 2, closed: false },
      { triesLeft: 1, closed: false },
    ]);
    await expect(join({ address }, '4XWP-K7QM')).rejects.toMatchObject({ code: 'code-wrong' });
    expect(door.changes.at(-1)).toEqual({ triesLeft: 0, closed: true });
    await expect.poll(() => listens(door.port), { timeout: 1000 }).toBe(false);
    await expect(join({ address })).rejects.toMatchObject({ code: 'not-reachable' });
    expect(door.asked).toEqual([]);
  });

  test('after 120 seconds', async () => {
    const clock = handClock();
    const door = await open(never, { clock });
    await clock.run(119_999);
    expect(await listens(door.port)).toBe(true);
    expect(door.changes).toEqual([]);
    await clock.run(1);
    await expect.poll(() => listens(door.port), { timeout: 1000 }).toBe(false);
    expect(door.changes).toEqual([{ triesLeft: 3, closed: true }]);
  });

  test('within a second when it is not on screen any more, also under a machine that waits', async () => {
    const door = await open(never);
    const waiting = join({ address: door.addresses[0] ?? '' });
    const failed = waiting.catch((error: { code: string }) => error.code);
    await expect.poll(() => door.asked.length, soon).toBe(1);
    const began = performance.now();
    await door.close();
    expect(await listens(door.port)).toBe(false);
    expect(await failed).toBe('code-expired');
    const took = performance.now() - began;
    figures.row({ name: 'pairing: closed after it left the screen', value: took, unit: 'ms', limit: 1000 });
    expect(took).toBeLessThanOrEqual(1500);
    expect(door.changes).toEqual([]);
  });

  test('and is nothing else while it is open', async () => {
    const door = await open(never);
    // in the fence of any swarm there is nothing, and the protocols of the swarm are not there
    expect(await heardBack(await startStranger(newKey().key), `/ip4/127.8.0.1/tcp/${door.port}`, '/axon/chat/1')).toBe('shut');
  });
});

describe('somebody in between', () => {
  test('shows other words to each of the two', async () => {
    const door = await open(never);
    const between = newIdentity();
    // it knows the code, poses as the admin to the one and as the machine to the other
    const forged = await open(never, { privateKey: between, listen: ['/ip4/127.8.0.2/tcp/0'] });
    const shown: string[] = [];
    const passOn = pairByCode({
      privateKey: between,
      name: 'laptop',
      code,
      address: door.addresses[0] ?? '',
      discover: null,
      clock: realClock,
      log: quietLog,
      signal: AbortSignal.timeout(5000),
    });
    void join({ address: forged.addresses[0] ?? '' }, code, (step) => void (step.kind === 'words' && shown.push(step.words))).catch(
      () => undefined,
    );
    await passOn.next();
    await passOn.next();
    await expect.poll(() => [shown.length, door.asked.length], soon).toEqual([1, 1]);
    expect(door.asked[0]?.words).not.toBe(shown[0]);
  });

  test('in ten thousand tries never the same', () => {
    const [joiner, host, middle] = [1, 2, 3].map(() => peerIdOf(newIdentity())) as [string, string, string];
    let equal = 0;
    for (let run = 0; run < 10_000; run += 1) {
      const told = { swarm, joiner, host, joinerNonce: newNonce(), hostNonce: newNonce() };
      if (wordsOf({ ...told, host: middle }) === wordsOf({ ...told, joiner: middle })) equal += 1;
    }
    figures.row({ name: 'pairing: same words in spite of somebody in between', value: equal, unit: 'count', limit: 0, note: 'of 10,000' });
    expect(equal).toBe(0);
  });
});
