// What came of many simulations, as figures that can be added up.
import type { Result } from './simulate.ts';

export type Summary = {
  seeds: number;
  answers: number;
  done: number;
  /** Went on elsewhere after text was shown. */
  moved: number;
  /** The link came back to the same answer. */
  resumed: number;
  stopped: number;
  crashed: number;
  failed: Record<string, number>;
  events: number;
  virtualMs: number;
};

export function emptySummary(): Summary {
  return { seeds: 0, answers: 0, done: 0, moved: 0, resumed: 0, stopped: 0, crashed: 0, failed: {}, events: 0, virtualMs: 0 };
}

export function summaryOf({ answers, events, ms }: Result): Summary {
  const summary = { ...emptySummary(), seeds: 1, answers: answers.length, events, virtualMs: ms };
  for (const { end, code, moved, resumed } of answers) {
    if (end === 'done') {
      summary.done += 1;
      summary.moved += Number(moved > 0);
      summary.resumed += Number(resumed > 0);
    }
    summary.stopped += Number(end === 'stopped');
    summary.crashed += Number(end === 'crashed');
    if (code !== null) summary.failed[code] = (summary.failed[code] ?? 0) + 1;
  }
  return summary;
}

export function added(a: Summary, b: Summary): Summary {
  const failed = { ...a.failed };
  for (const [code, count] of Object.entries(b.failed)) failed[code] = (failed[code] ?? 0) + count;
  const sum = (what: Exclude<keyof Summary, 'failed'>): number => a[what] + b[what];
  return {
    ...{ seeds: sum('seeds'), answers: sum('answers'), done: sum('done'), moved: sum('moved'), resumed: sum('resumed') },
    ...{ stopped: sum('stopped'), crashed: sum('crashed'), events: sum('events'), virtualMs: sum('virtualMs'), failed },
  };
}
