import { expect, test } from 'vitest';
import { failureCodes } from '../../src-shared/failure.ts';
import failures from '../../src-shared/i18n/en/failures.json' with { type: 'json' };
import { exitCodeOf, exits } from './exit-codes.ts';

test('the codes are the published ones', () => {
  expect(exits).toEqual({
    done: 0,
    failed: 1,
    usage: 2,
    nobody: 3,
    notLetIn: 4,
    engine: 5,
    noKey: 6,
    modelMissing: 7,
    busy: 8,
    leaderLost: 9,
    interrupted: 130,
  });
});

test.each([
  ['not-reachable', 3],
  ['no-leader', 3],
  ['not-let-in', 4],
  ['engine-failed', 5],
  ['engine-crashed', 5],
  ['no-key', 6],
  ['model-missing', 7],
  ['queue-full', 8],
  ['leader-lost', 9],
  ['bad-address', 2],
] as const)('%s ends with %i', (code, exit) => {
  expect(exitCodeOf[code]).toBe(exit);
});

test('no failure looks like success or like an interruption', () => {
  for (const code of failureCodes) expect([exits.done, exits.interrupted]).not.toContain(exitCodeOf[code]);
});

test('every failure has words, and no words are left over', () => {
  expect(Object.keys(failures).toSorted()).toEqual([...failureCodes].toSorted());
  for (const words of Object.values(failures)) {
    expect(Object.keys(words).toSorted()).toEqual(['fix', 'text', 'title']);
    for (const text of Object.values(words)) expect(text.trim()).not.toBe('');
  }
});
