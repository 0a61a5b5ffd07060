// Thousands of small simulations over worker threads.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Violation } from './invariants.ts';
import { added, emptySummary, type Summary } from './summary.ts';

export type Failing = { seed: number; violations: Violation[] };
export type SeedsResult = {
  summary: Summary;
  failing: Failing[];
  /** All of it, s. */
  seconds: number;
  /** Of that until the threads had read the code, s: once, however many seeds there are. */
  startSeconds: number;
};
/** What a worker says of its share of the seeds; of none when it begins. */
export type SeedsShare = Pick<SeedsResult, 'summary' | 'failing'>;
export type SeedsTask = { seeds: number[] };

/** Seeds that a worker gets at once: few, so that all end at about the same time. */
const batch = 25;

export async function runSeeds({
  from,
  count,
  threads = availableParallelism(),
}: {
  from: number;
  count: number;
  threads?: number;
}): Promise<SeedsResult> {
  const began = performance.now();
  let next = from;
  let summary = emptySummary();
  const failing: Failing[] = [];
  const starts: number[] = [];
  const elapsed = (): number => (performance.now() - began) / 1000;
  const tasks = (): SeedsTask | null => {
    const seeds = Array.from({ length: Math.min(batch, from + count - next) }, (_, index) => next + index);
    next += seeds.length;
    return seeds.length === 0 ? null : { seeds };
  };
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('seeds-worker.ts', import.meta.url));
      const give = (): void => worker.postMessage(tasks());
      worker.once('message', () => starts.push(elapsed()));
      worker.on('message', (share: SeedsShare) => {
        summary = added(summary, share.summary);
        failing.push(...share.failing);
        give();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: threads }, one));
  failing.sort((a, b) => a.seed - b.seed);
  return { summary, failing, seconds: elapsed(), startSeconds: starts.reduce((sum, each) => sum + each, 0) / threads };
}

/** For people: what broke, and how to see it. */
export function failingText(failing: readonly Failing[]): string {
  return failing
    .slice(0, 10)
    .map(({ seed, violations }) =>
      [
        `seed ${seed}: npm run simulate -- --seed ${seed} --small --trace`,
        ...violations.slice(0, 5).map(({ rule, at, what }) => `  ${(at / 1000).toFixed(3)} s ${rule}: ${what}`),
      ].join('\n'),
    )
    .join('\n');
}
