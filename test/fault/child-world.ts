// What a program of the fault tests lives in: real time, a log, and how it says what happens to it.
import type { Clock, Log } from '../../src-main/jobs/ports.ts';

/** One JSON line, stamped with the system's monotonic clock, which all processes of a machine share. */
export function tell(event: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(`${JSON.stringify({ ...fields, event, at: Number(process.hrtime.bigint()) / 1e6 })}\n`);
}

const note = (message: string, fields?: object): void => void process.stderr.write(`${message} ${JSON.stringify(fields ?? {})}\n`);

/** Warnings and errors to stderr; everything with AXON_TEST_LOG=1. */
export const log: Log = {
  debug: process.env['AXON_TEST_LOG'] === '1' ? note : () => undefined,
  info: () => undefined,
  warn: note,
  error: note,
};

export const clock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
