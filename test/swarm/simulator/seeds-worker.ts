// A thread that runs the seeds it is given.
import { parentPort } from 'node:worker_threads';
import { smallScenario } from './scenario.ts';
import type { SeedsShare, SeedsTask } from './seeds.ts';
import { simulate } from './simulate.ts';
import { added, emptySummary, summaryOf } from './summary.ts';

// thousands of failures are thrown on purpose, and nobody reads where
Error.stackTraceLimit = 0;

const port = parentPort;
if (port === null) throw new Error('this runs in a worker thread');
port.on('message', (task: SeedsTask | null) => {
  if (task === null) port.close();
  else void run(task).then((share) => port.postMessage(share));
});

const nothing = (): SeedsShare => ({ summary: emptySummary(), failing: [] });
port.postMessage(nothing());

async function run({ seeds }: SeedsTask): Promise<SeedsShare> {
  const share = nothing();
  for (const seed of seeds) {
    const result = await simulate(smallScenario(seed));
    share.summary = added(share.summary, summaryOf(result));
    if (result.violations.length > 0) share.failing.push({ seed, violations: result.violations });
  }
  return share;
}
