// One project per tier of `npm test`. Whatever uses real engines, sockets, processes, namespaces or windows runs one file at a time:
// its figures and limits are about the product, not about how busy the tests keep the machine.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const minute = 60_000;

type Tier = { name: string; include: string[]; exclude?: string[]; timeout: number; parallel: boolean };

/** How long a condition is waited for where a test says nothing else. A machine at work holds a window up for seconds; how fast things are
 * is in the reports. */
const pollMs = 15_000;

/** Many histories of rules alone: nothing but the processor is needed, so they may run beside each other. */
const rules = ['test/swarm/roster.test.ts', 'test/swarm/rotation.test.ts'];

const tiers: Tier[] = [
  { name: 'unit', include: ['src-*/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,mjs}'], timeout: 30_000, parallel: true },
  { name: 'ports', include: ['test/ports/**/*.test.ts'], timeout: 2 * minute, parallel: false },
  { name: 'swarm', include: ['test/swarm/**/*.test.ts'], exclude: rules, timeout: 2 * minute, parallel: false },
  { name: 'swarm-rules', include: rules, timeout: 2 * minute, parallel: true },
  { name: 'fault', include: ['test/fault/**/*.test.ts'], timeout: 10 * minute, parallel: false },
  { name: 'app', include: ['test/app/**/*.test.ts'], timeout: 5 * minute, parallel: false },
];

export default defineConfig({
  root,
  test: {
    passWithNoTests: false,
    projects: tiers.map((tier, order) => ({
      root,
      test: {
        name: tier.name,
        include: tier.include,
        exclude: ['**/node_modules/**', 'out/**', 'dist/**', '.cache/**', ...(tier.exclude ?? [])],
        // those that run beside each other are done before the others begin
        sequence: { groupOrder: order },
        environment: 'node' as const,
        // Native modules (sodium, the engine) live better in processes than in worker threads.
        pool: 'forks' as const,
        fileParallelism: tier.parallel,
        testTimeout: tier.timeout,
        expect: { poll: { timeout: pollMs } },
        hookTimeout: tier.timeout,
        teardownTimeout: 30_000,
        // A test that passes on the second try is a flaky test: mend it or delete it.
        retry: 0,
        restoreMocks: true,
      },
    })),
  },
});
