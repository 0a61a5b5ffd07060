import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import { supervise } from './supervise.ts';

const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Time that moves only when told. */
function handClock(): Clock & { pass(ms: number): void } {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    date: () => 1_000_000 + now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => void (timers = timers.filter((other) => other !== timer));
    },
    pass(ms) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
  };
}

function setUp(script: string) {
  const clock = handClock();
  const children: ChildProcess[] = [];
  const deaths: Failure[] = [];
  const supervised = supervise({
    name: 'test child',
    clock,
    log,
    spawn: () => spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'ignore'] }),
    readyWithinMs: 30_000,
    started: (child) => {
      children.push(child);
      child.stdout?.once('data', () => supervised.ready());
    },
    died: (failure) => void deaths.push(failure),
    changed: () => {},
  });
  return { clock, children, deaths, supervised, kind: () => supervised.state().kind };
}

const steady = `console.log('ready'); process.stdin.resume(); process.stdin.on('end', () => process.exit());`;
const stubborn = `process.on('SIGTERM', () => {}); ${steady}`;

describe('a supervised child', () => {
  test('gets ready and ends at stop', async () => {
    const { supervised, kind, children } = setUp(steady);
    expect(kind()).toBe('stopped');
    supervised.start();
    expect(kind()).toBe('starting');
    await expect.poll(kind).toBe('ready');
    await supervised.stop();
    expect(kind()).toBe('stopped');
    expect(children[0]?.signalCode).toBe('SIGTERM');
  });

  test('is killed when it does not want to go', async () => {
    const { supervised, kind, children, clock } = setUp(stubborn);
    supervised.start();
    await expect.poll(kind).toBe('ready');
    const stopping = supervised.stop();
    clock.pass(2999);
    expect(children[0]?.killed).toBe(true);
    expect(children[0]?.signalCode).toBeNull();
    clock.pass(1);
    await stopping;
    expect(children[0]?.signalCode).toBe('SIGKILL');
  });

  test('is started again after 1, 2 and 4 s, then given up until somebody starts it', async () => {
    const { supervised, kind, children, clock, deaths } = setUp(`process.exit(3)`);
    supervised.start();
    for (const delay of [1000, 2000, 4000]) {
      await expect.poll(kind).toBe('failed');
      expect(supervised.state()).toMatchObject({ retryAt: clock.date() + delay });
      clock.pass(delay - 1);
      expect(kind()).toBe('failed');
      clock.pass(1);
      expect(kind()).toBe('starting');
    }
    await expect.poll(kind).toBe('failed');
    expect(supervised.state()).toMatchObject({
      retryAt: undefined,
      failure: { code: 'engine-crashed', message: 'test child ended with code 3' },
    });
    expect(deaths).toHaveLength(4);
    clock.pass(600_000);
    expect(children).toHaveLength(4);
    supervised.start();
    expect(kind()).toBe('starting');
    await supervised.stop();
  });

  test('gets a new budget after five quiet minutes', async () => {
    const { supervised, kind, children, clock } = setUp(steady);
    supervised.start();
    for (let round = 0; round < 5; round++) {
      await expect.poll(kind).toBe('ready');
      clock.pass(301_000);
      children.at(-1)?.kill('SIGKILL');
      await expect.poll(kind).toBe('failed');
      clock.pass(1000);
    }
    await expect.poll(kind).toBe('ready');
    await supervised.stop();
  });

  test('counts as hanging when it does not get ready', async () => {
    const { supervised, kind, clock } = setUp(`setInterval(() => {}, 1000)`);
    supervised.start();
    clock.pass(30_000);
    await expect.poll(kind).toBe('failed');
    expect(supervised.state()).toMatchObject({ failure: { code: 'engine-stalled' } });
    await supervised.stop();
  });

  test('dies for the reason it was condemned for', async () => {
    const { supervised, kind, deaths } = setUp(steady);
    supervised.start();
    await expect.poll(kind).toBe('ready');
    supervised.condemn(new Failure('engine-stalled', 'it hangs'));
    // it may still be there for a while, and even say something: nobody sends it work any more
    expect(kind()).toBe('starting');
    supervised.ready();
    expect(kind()).toBe('starting');
    await expect.poll(kind).toBe('failed');
    expect(deaths[0]).toMatchObject({ code: 'engine-stalled', message: 'it hangs' });
    await supervised.stop();
  });

  test('that cannot even be started is a failure, not an exception', async () => {
    const clock = handClock();
    const supervised = supervise({
      name: 'nobody',
      clock,
      log,
      spawn: () => spawn('/no/such/program'),
      started: () => {},
      died: () => {},
      changed: () => {},
    });
    supervised.start();
    await expect.poll(() => supervised.state().kind).toBe('failed');
    expect(supervised.state()).toMatchObject({ failure: { code: 'engine-failed' } });
    await supervised.stop();
  });
});
