import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../src-shared/chat.ts';
import { failureCodes } from '../../src-shared/failure.ts';
import { fakeLeader } from '../../test/fakes/fake-offer.ts';
import { observed, observedBounds, observedDump } from './observed.ts';
import { place, type Candidate } from './placement.ts';

const idOf = (letter: string): string => `12D3KooW${letter.repeat(44)}`;
const [a, b] = [idOf('a'), idOf('b')];
const fast = { tokensPerSecond: 100, timeToFirstTokenMs: 200, tokens: 50 };

describe('what was seen of leaders', () => {
  test('nothing at first', () => {
    const seen = observed();
    expect([seen.speed(a, 'm'), seen.firstToken(a, 'm')]).toEqual([null, null]);
  });

  test('follows a machine that throttles, within a few answers, and forgives one slow answer', () => {
    const seen = observed();
    for (let n = 0; n < 10; n += 1) seen.answered(a, 'm', fast);
    seen.answered(a, 'm', { ...fast, tokensPerSecond: 10 });
    expect(seen.speed(a, 'm')).toBeGreaterThan(70);
    for (let n = 0; n < 5; n += 1) seen.answered(a, 'm', { ...fast, tokensPerSecond: 10 });
    expect(seen.speed(a, 'm')).toBeLessThan(30);
    expect(seen.speed(a, 'other')).toBeNull();
    expect(seen.speed(b, 'm')).toBeNull();
  });

  test('nobody is faster than the fastest that was ever seen', () => {
    const seen = observed();
    expect(seen.fastest()).toBe(0);
    seen.answered(a, 'm', fast);
    seen.answered(b, 'm', { ...fast, tokensPerSecond: 20 });
    seen.failed(a, 'timed-out');
    expect(seen.fastest()).toBe(100);
    const after = observed();
    after.restore(seen.dump());
    expect(after.fastest()).toBe(100);
  });

  test('an answer of a few words tells when it came, and nothing of its speed', () => {
    const seen = observed();
    seen.answered(a, 'm', { tokensPerSecond: 4000, timeToFirstTokenMs: 300, tokens: 2 });
    expect(seen.speed(a, 'm')).toBeNull();
    expect(seen.firstToken(a, 'm')).toEqual({ medianMs: 300, p95Ms: 300, samples: 1 });
  });

  test('first tokens: median and 95th percentile of the last ones', () => {
    const seen = observed();
    for (let n = 0; n < 100; n += 1) seen.answered(a, 'm', { ...fast, timeToFirstTokenMs: 9000 });
    for (let n = 1; n <= observedBounds.firstTokens; n += 1) seen.answered(a, 'm', { ...fast, timeToFirstTokenMs: n });
    expect(seen.firstToken(a, 'm')).toEqual({ medianMs: 32, p95Ms: 61, samples: 64 });
  });

  test('failures take from its speed until it answers again; a full line or an owner take nothing', () => {
    const seen = observed();
    seen.answered(a, 'm', fast);
    seen.failed(a, 'queue-full');
    seen.failed(a, 'paused');
    expect(seen.speed(a, 'm')).toBe(100);
    seen.failed(a, 'timed-out');
    expect(seen.speed(a, 'm')).toBe(60);
    for (let n = 0; n < 20; n += 1) seen.failed(a, 'leader-lost');
    expect(seen.speed(a, 'm')).toBe(20);
    seen.answered(a, 'm', fast);
    expect(seen.speed(a, 'm')).toBe(100);
  });

  test('survives a restart, and refuses what is no dump', () => {
    const [before, after] = [observed(), observed()];
    before.answered(a, 'm', fast);
    before.answered(b, 'm', { ...fast, tokensPerSecond: 7 });
    after.answered(idOf('c'), 'm', fast);
    after.restore(JSON.parse(JSON.stringify(before.dump())));
    expect(after.dump()).toEqual(before.dump());
    expect([after.speed(b, 'm'), after.speed(idOf('c'), 'm')]).toEqual([7, null]);
    for (const damaged of [null, {}, { pairs: [{ peerId: a }] }, { pairs: [{ ...before.dump().pairs[0], tokensPerSecond: -1 }] }])
      expect(() => after.restore(damaged)).toThrow();
    expect(after.speed(b, 'm')).toBe(7);
  });

  test('is bounded: the pair that was silent longest goes', () => {
    const seen = observed();
    seen.answered(a, 'first', fast);
    for (let n = 0; n < observedBounds.most - 1; n += 1) seen.answered(a, `m${n}`, fast);
    seen.answered(a, 'first', fast);
    seen.answered(a, 'one more', fast);
    expect(seen.dump().pairs).toHaveLength(observedBounds.most);
    expect([seen.speed(a, 'first'), seen.speed(a, 'm0')]).toEqual([100, null]);
  });

  test('whatever is put in, what comes out is a speed within what was measured, and can be stored', () => {
    const figure = fc.oneof(fc.double(), fc.constantFrom(0, -1, Number.NaN, Infinity, 1e300));
    const answer = fc.record({ tokensPerSecond: figure, timeToFirstTokenMs: figure, tokens: fc.integer({ min: 0, max: 1000 }) });
    const step = fc.oneof(answer, fc.constantFrom(...failureCodes));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const seen = observed();
        for (const one of steps) {
          if (typeof one === 'string') seen.failed(a, one);
          else seen.answered(a, 'm', one);
          const speed = seen.speed(a, 'm');
          if (speed !== null) expect(speed).toSatisfy((value: number) => value > 0 && value <= observedBounds.mostTokensPerSecond);
        }
        expect(observedDump.parse(JSON.parse(JSON.stringify(seen.dump())))).toEqual(seen.dump());
      }),
    );
  });
});

describe('a liar', () => {
  const leader = (letter: string, claim: number): Candidate =>
    fakeLeader(letter, {
      peerId: idOf(letter),
      latencyMs: 2,
      leads: { models: [{ name: 'm', loaded: true, sizeBytes: 2e9, tokensPerSecond: claim }], maxWaiting: 16 },
    });
  const request: ChatRequest = { id: '00000000-0000-4000-8000-000000000000', messages: [{ role: 'user', content: 'hi' }], parameters: {} };

  /** Asks 100 questions; answers come at the true speed, and as long as they run a slot is taken. Returns how many the liar got after 20. */
  function share(truth: Record<string, number>, claims: Record<string, number>, believing = false): number {
    const seen = observed();
    const busyUntil = new Map<string, number>();
    let now = 0;
    let got = 0;
    for (let question = 0; question < 100; question += 1) {
      now += 12_000;
      const candidates = Object.keys(truth).map((letter) => {
        const one = leader(letter, claims[letter] ?? 0);
        const busy = (busyUntil.get(letter) ?? 0) > now;
        if (one.offer?.leads != null && busy) one.offer.leads.slots.free = 0;
        return one;
      });
      const { name } = place(request, candidates, believing ? {} : { observed: seen }).leader;
      const tokensPerSecond = truth[name] ?? 1;
      seen.answered(idOf(name), 'm', { tokensPerSecond, timeToFirstTokenMs: 100, tokens: 40 });
      busyUntil.set(name, now + (40 / tokensPerSecond) * 1000);
      if (question >= 20 && name === 'z') got += 1;
    }
    return got / 80;
  }

  test.each([
    ['who is as slow as a tenth', { a: 40, b: 40, z: 4 }],
    ['who is a little slower', { a: 40, b: 40, z: 30 }],
    ['whose name comes first', { b: 40, c: 40, z: 20 }],
  ])('%s and claims ten times the speed of others gets at most a tenth of the questions', (_, truth) => {
    const claims = Object.fromEntries(Object.keys(truth).map((letter) => [letter, letter === 'z' ? 400 : 40]));
    expect(share(truth, claims)).toBeLessThanOrEqual(0.1);
    // so it would be if claims were believed
    expect(share(truth, claims, true)).toBeGreaterThan(0.5);
  });
});
