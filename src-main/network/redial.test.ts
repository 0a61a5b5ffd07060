import { describe, expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { redial, redialPace, type DialOutcome } from './redial.ts';

const low = '12D3KooWA';
const high = '12D3KooWZ';

function setUp(self: string, outcome: () => DialOutcome | Promise<DialOutcome> = () => 'unreachable', random = 0.5) {
  const clock = handClock();
  const dials: { at: number; addresses: string[] }[] = [];
  const loop = redial({
    self,
    clock,
    random: () => random,
    async dial(_peerId, addresses) {
      dials.push({ at: clock.now(), addresses });
      return outcome();
    },
  });
  return { clock, dials, loop, times: () => dials.map(({ at }) => at) };
}

describe('redial', () => {
  test('pauses double from 0.25 s to 2 s and never end', async () => {
    const { clock, loop, times } = setUp(low);
    loop.found(high, ['/ip4/10.0.0.1/tcp/1']);
    await clock.run(8000);
    expect(times()).toEqual([0, 250, 750, 1750, 3750, 5750, 7750]);
    await clock.run(500_000);
    const before = times().length;
    await clock.run(4000);
    expect(times().length).toBe(before + 2);
  });

  test('pauses are jittered by a fifth', async () => {
    const early = setUp(low, undefined, 0);
    early.loop.found(high, ['a']);
    await early.clock.run(700);
    expect(early.times()).toEqual([0, 200, 600]);
    const late = setUp(low, undefined, 1);
    late.loop.found(high, ['a']);
    await late.clock.run(1000);
    expect(late.times()).toEqual([0, 300, 900]);
  });

  test('the higher id leaves the first try to the lower one, whatever is found meanwhile', async () => {
    const { clock, loop, times } = setUp(high);
    loop.found(low, ['a']);
    await clock.run(1000);
    loop.found(low, ['a']);
    await clock.run(999);
    expect(times()).toEqual([]);
    await clock.run(1);
    expect(times()).toEqual([redialPace.waitForOtherMs]);
  });

  test('when the lower one dialled meanwhile, the higher one does not', async () => {
    const { clock, loop, times } = setUp(high);
    loop.found(low, ['a']);
    await clock.run(500);
    loop.connected(low);
    await clock.run(60_000);
    expect(times()).toEqual([]);
  });

  test('a lost peer is dialled at once, and again within 3 s of any later moment', async () => {
    const { clock, loop, times } = setUp(low);
    loop.found(high, ['a']);
    loop.connected(high);
    await clock.run(60 * 60_000);
    expect(times()).toEqual([]);
    loop.disconnected(high);
    await clock.run(0);
    expect(times()).toHaveLength(1);
    await clock.run(60 * 60_000);
    const all = times();
    const gaps = all.slice(1).map((at, index) => at - (all[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(redialPace.maxMs * (1 + redialPace.jitter));
  });

  test('a nudge dials now and starts the pauses anew', async () => {
    const { clock, loop, times } = setUp(low);
    loop.found(high, ['a']);
    await clock.run(10_000);
    const before = times().length;
    loop.nudge();
    await clock.run(760);
    expect(times().length - before).toBe(3);
  });

  test('a nudge during a dial makes the next one follow without a pause', async () => {
    const waiting: ((outcome: DialOutcome) => void)[] = [];
    const { clock, loop, times } = setUp(low, () => new Promise<DialOutcome>((resolve) => waiting.push(resolve)));
    loop.found(high, ['a']);
    await clock.run(1500);
    loop.nudge();
    expect(times()).toHaveLength(1);
    waiting[0]?.('unreachable');
    await clock.run(0);
    expect(times()).toEqual([0, 1500]);
  });

  test('one that refuses us is asked ever more rarely, and finding it again does not hurry', async () => {
    const { clock, loop, times } = setUp(low, () => 'refused');
    loop.found(high, ['a']);
    await clock.run(120_000);
    const before = times().length;
    expect(before).toBeLessThan(12);
    for (let hit = 0; hit < 10; hit += 1) loop.found(high, ['a']);
    await clock.run(5000);
    expect(times().length - before).toBeLessThanOrEqual(1);
    loop.found(high, ['another address']);
    await clock.run(0);
    expect(times().length - before).toBeGreaterThanOrEqual(1);
  });

  test('one never seen is asked less often after ten minutes, and at once when found', async () => {
    const { clock, loop, times } = setUp(low);
    loop.found(high, ['a']);
    await clock.run(redialPace.giveRoomMs + 60_000);
    const before = times().length;
    await clock.run(60_000);
    expect(times().length - before).toBeLessThanOrEqual(6);
    const asked = times().length;
    loop.found(high, ['a']);
    await clock.run(0);
    expect(times().length).toBe(asked + 1);
  });

  test('new addresses go first, eight at most, and the first ones start the dialling', async () => {
    const { clock, loop, dials } = setUp(low);
    loop.found(high, []);
    await clock.run(5000);
    expect(dials).toEqual([]);
    loop.found(high, ['a']);
    loop.found(high, ['b', 'a']);
    await clock.run(1);
    expect(dials[0]?.addresses).toEqual(['b', 'a']);
    loop.found(
      high,
      Array.from({ length: 20 }, (_, n) => `c${n}`),
    );
    expect(loop.addresses(high)).toHaveLength(redialPace.addresses);
  });

  test('neither itself, nor what is forgotten, nor after the stop', async () => {
    const { clock, loop, times } = setUp(low);
    loop.found(low, ['a']);
    loop.found(high, ['a']);
    loop.forget(high);
    await clock.run(10_000);
    expect(times()).toEqual([]);
    loop.found(high, ['a']);
    loop.stop();
    await clock.run(10_000);
    expect(times()).toEqual([]);
  });
});
