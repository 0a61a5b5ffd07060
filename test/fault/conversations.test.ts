// A process that dies in the middle of an answer costs at most a second of its text, and never the database.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { afterAll, expect, test } from 'vitest';
import { openConversations } from '../../src-main/store/conversations/conversations.ts';
import { report } from '../report.ts';

const kills = process.env['AXON_LONG'] === undefined ? 10 : 100;
const program = fileURLToPath(new URL('./writing-child.ts', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'axon-killed-'));
const database = path.join(folder, 'conversations.db');
const figures = report('window');

afterAll(() => {
  figures.write();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the writer, kills it after about so many pieces, and returns what it had told by then. */
async function killed(id: string, pieces: number): Promise<string> {
  const child = spawn(process.execPath, [program, database, id], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (told.split(' ').length > pieces) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return told;
}

/** When the last whole piece of a text was made, wall clock ms. */
const madeAt = (text: string): number => Number(/@(\d+) [^@ ]*$/.exec(text)?.[1]);

test(`${kills} kills in the middle of an answer`, async () => {
  const lost: number[] = [];
  let damaged = 0;
  for (let n = 0; n < kills; n += 1) {
    const id = randomUUID();
    const told = await killed(id, 5 + ((n * 97) % 320));
    const store = openConversations(database, () => Date.now());
    if (store.repaired !== null) damaged += 1;
    const answer = store.get(id).messages[1];
    store.close();
    expect(answer?.answer?.state).toBe('interrupted');
    const content = answer?.content ?? '';
    expect(told.startsWith(content) || content.startsWith(told)).toBe(true);
    const first = Number(/@(\d+) /.exec(told)?.[1]);
    lost.push(Math.max(0, madeAt(told) - (content === '' ? first : madeAt(content))));
  }
  const db = new Database(database);
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  db.close();
  expect(damaged).toBe(0);
  const note = `${kills} kills`;
  figures.row({
    name: 'text lost when a process is killed in the middle of an answer, worst',
    value: Math.max(...lost),
    unit: 'ms',
    limit: 1000,
    note,
  });
  figures.row({ name: 'databases damaged by kills', value: damaged, unit: '', limit: 0, note });
});
