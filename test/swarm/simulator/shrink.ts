// A failing simulation made small: leaves out faults, then questions, for as long as it still fails.
import type { Scenario } from './scenario.ts';

/** @param fails whether that scenario shows the same trouble @param tries at most so many simulations */
export async function shrunk(scenario: Scenario, fails: (smaller: Scenario) => Promise<boolean>, tries = 200): Promise<Scenario> {
  let left = tries;
  let best = scenario;
  const without = async <K extends 'faults' | 'questions'>(what: K): Promise<void> => {
    for (let size = Math.ceil(best[what].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < best[what].length && left > 0;) {
        const smaller = { ...best, [what]: best[what].filter((_, index) => index < at || index >= at + size) };
        left -= 1;
        if (await fails(smaller)) best = smaller;
        else at += size;
      }
    }
  };
  await without('faults');
  await without('questions');
  return best;
}
