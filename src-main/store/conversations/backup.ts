// A copy of the conversations a day, two of them kept.
import type Database from 'libsql';
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { flushed } from '../flush.ts';

/** A copy is made when the last one is older, ms. */
const everyMs = 24 * 60 * 60 * 1000;

/** The copies of a database, the newest one first. */
export function backupsOf(path: string): [string, string] {
  return [`${path}.backup-1`, `${path}.backup-2`];
}

/** True when it is time for the next copy. @param now wall clock ms */
function backupDue(path: string, now: number): boolean {
  const newest = statSync(backupsOf(path)[0], { throwIfNoEntry: false });
  return newest === undefined || now - newest.mtimeMs > everyMs;
}

/**
 * Writes a whole copy and lets the oldest one go. Every page is read for it, so a damaged database fails here, and the copies stay.
 * @returns resolves when the copy is on the disk and in its place
 */
export async function backUp(db: Database.Database, path: string): Promise<void> {
  const fresh = `${path}.backup-new`;
  rmSync(fresh, { force: true });
  // VACUUM INTO takes an empty file as it is, rights included
  writeFileSync(fresh, '', { mode: 0o600 });
  try {
    copyInto(db, fresh);
    await flushed(fresh);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  const [newest, oldest] = backupsOf(path);
  if (existsSync(newest)) renameSync(newest, oldest);
  renameSync(fresh, newest);
}

/** Without waiting for the disk: VACUUM INTO flushes its copy as the database is set to be, and nobody needs it before. */
function copyInto(db: Database.Database, fresh: string): void {
  const { synchronous } = db.prepare('PRAGMA synchronous').get() as { synchronous: number };
  db.exec('PRAGMA synchronous = OFF');
  try {
    db.prepare('VACUUM INTO ?').run(fresh);
  } finally {
    db.exec(`PRAGMA synchronous = ${synchronous}`);
  }
}

/** Looks for the first time, and then again, ms: a start has other things to do, and a node may run for months. */
const firstLookMs = 60_000;
const nextLookMs = 60 * 60 * 1000;

/** Makes the daily copy whenever it is due and nothing is being written. @returns what ends it */
export function dailyBackup(
  db: Database.Database,
  path: string,
  { date, busy, troubled }: { date: () => number; busy: () => boolean; troubled: (error: unknown) => void },
): () => void {
  const look = (): void => {
    timer = setTimeout(look, nextLookMs).unref();
    if (busy() || !backupDue(path, date())) return;
    backUp(db, path).catch(troubled);
  };
  let timer = setTimeout(look, firstLookMs).unref();
  return () => clearTimeout(timer);
}
