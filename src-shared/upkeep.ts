// What a home holds, and what may leave it for somebody who helps.
import { z } from 'zod';

/** Bytes on disk; null: it could not be looked at. */
const bytes = z.number().int().nonnegative().nullable();

export const storageFacts = z.object({
  /** The folder of this home's data. */
  folder: z.string(),
  conversations: bytes,
  models: bytes,
  logs: bytes,
});
export type StorageFacts = z.infer<typeof storageFacts>;

/** One file of a report. Text, so that the person can read all of it before it is saved. */
export const reportFile = z.object({ name: z.string().regex(/^[a-z]{1,40}\.(json|txt)$/), text: z.string().max(2_000_000) });
export type ReportFile = z.infer<typeof reportFile>;
export const diagnosticReport = z.object({ files: z.array(reportFile).max(8) });
export type DiagnosticReport = z.infer<typeof diagnosticReport>;
