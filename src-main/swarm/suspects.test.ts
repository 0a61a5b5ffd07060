import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FailureCode } from '../../src-shared/failure.ts';
import { suspectPace, suspects } from './suspects.ts';

const world = () => {
  let time = 0;
  const all = suspects({ now: () => time });
  return { all, pass: (ms: number) => void (time += ms) };
};

test('three failures in a row open it, and an answer between them does not count', () => {
  const { all } = world();
  for (const step of ['failed', 'failed', 'answered', 'failed', 'failed'] as const)
    if (step === 'failed') all.failed('a', 'engine-crashed');
    else all.answered('a');
  expect(all.state('a')).toBe('closed');
  all.failed('a', 'leader-lost');
  expect([all.state('a'), [...all.now()]]).toEqual(['open', ['a']]);
});

test('a full line, a pause or a bad question is no trouble', () => {
  const { all } = world();
  for (const code of [
    'queue-full',
    'paused',
    'draining',
    'rate-limited',
    'quota-used',
    'model-missing',
    'prompt-too-long',
    'bad-request',
  ] as FailureCode[])
    for (let time = 0; time < 5; time += 1) all.failed('a', code);
  expect(all.now().size).toBe(0);
});

test('whoever says that the share is used up is spared for the time that it names, and no longer than for ten minutes', () => {
  const { all, pass } = world();
  all.failed('a', 'quota-used', 8 * 3_600_000);
  all.failed('b', 'rate-limited', 20_000);
  all.failed('c', 'rate-limited');
  expect([...all.spent()]).toEqual(['a', 'b', 'c']);
  expect(all.now().size).toBe(0);
  pass(20_000);
  expect([...all.spent()]).toEqual(['a', 'c']);
  pass(40_000);
  expect([...all.spent()]).toEqual(['a']);
  pass(9 * 60_000);
  expect([...all.spent()]).toEqual([]);
});

test('an answer ends that; whoever was spared first is forgotten first', () => {
  const { all } = world();
  all.failed('a', 'quota-used', 60_000);
  all.answered('a');
  expect(all.spent().size).toBe(0);
  for (let number = 0; number < suspectPace.most + 10; number += 1) all.failed(`p${number}`, 'quota-used', 60_000);
  expect(all.spent().size).toBe(suspectPace.most);
  expect(all.spent().has('p9')).toBe(false);
});

test('after its time it may have one question; what comes of that decides', () => {
  const { all, pass } = world();
  all.silent('a');
  expect(all.state('a')).toBe('open');
  pass(suspectPace.firstMs);
  expect([all.state('a'), all.now().size]).toEqual(['half-open', 0]);
  all.asked('a');
  // the others wait for what comes of it
  expect(all.now().has('a')).toBe(true);
  all.failed('a', 'leader-lost');
  pass(suspectPace.firstMs);
  expect(all.state('a')).toBe('open');
  pass(suspectPace.firstMs);
  all.asked('a');
  all.spoke('a');
  expect([all.state('a'), all.now().size]).toEqual(['closed', 0]);
  // it spoke and broke off: once is enough now
  all.failed('a', 'leader-lost');
  expect(all.state('a')).toBe('open');
  pass(suspectPace.maxMs);
  all.asked('a');
  all.answered('a');
  for (let time = 0; time < 2; time += 1) all.failed('a', 'leader-lost');
  expect(all.state('a')).toBe('closed');
});

test('a question that was stopped is no verdict', () => {
  const { all, pass } = world();
  all.silent('a');
  pass(suspectPace.firstMs);
  all.asked('a');
  all.released('a');
  expect(all.now().size).toBe(0);
  all.asked('a');
  expect(all.now().size).toBe(1);
});

test('the pause doubles up to its bound', () => {
  const { all, pass } = world();
  const pauses: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    all.asked('a');
    all.silent('a');
    let ms = 0;
    while (all.state('a') === 'open') {
      pass(1000);
      ms += 1000;
    }
    pauses.push(ms);
  }
  expect(pauses).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
});

test('whatever happens, nobody is left alone for longer than the bound, and memory is bounded', () => {
  const step = fc.record({
    peer: fc.nat(3),
    ms: fc.nat(120_000),
    what: fc.constantFrom('asked', 'spoke', 'answered', 'failed', 'silent', 'released'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { all, pass } = world();
      for (const { peer, ms, what } of steps) {
        const id = `p${peer}`;
        if (what === 'failed') all.failed(id, 'leader-lost');
        else all[what as 'asked'](id);
        pass(ms);
      }
      for (let peer = 0; peer < 4; peer += 1) all.released(`p${peer}`);
      pass(suspectPace.maxMs);
      expect(all.now().size).toBe(0);
    }),
  );
  const { all } = world();
  for (let peer = 0; peer < 3000; peer += 1) all.silent(`p${peer}`);
  expect(all.now().size).toBe(suspectPace.most);
});
