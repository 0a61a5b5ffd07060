import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeModelFiles } from './remove-model.ts';

let home = '';
let own = '';
let others = '';

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'axon-remove-'));
  own = path.join(home, 'models');
  others = path.join(home, 'elsewhere');
  mkdirSync(own);
  mkdirSync(others);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const file = (folder: string, name: string, bytes: number): string => {
  const at = path.join(folder, name);
  writeFileSync(at, Buffer.alloc(bytes));
  return at;
};

test('a model goes with the note beside it, and says what the disk got back', async () => {
  const model = file(own, 'small.Q4_1.gguf', 1000);
  file(own, 'small.Q4_1.gguf.verified', 10);
  const other = file(own, 'small.Q8_0.gguf', 500);
  expect(await removeModelFiles(model, own)).toBe(1010);
  expect(existsSync(model)).toBe(false);
  expect(existsSync(`${model}.verified`)).toBe(false);
  expect(existsSync(other)).toBe(true);
});

test('all parts of a model in several files go, and no part of another one', async () => {
  const first = file(own, 'large-00001-of-00003.gguf', 100);
  file(own, 'large-00002-of-00003.gguf', 200);
  file(own, 'large-00003-of-00003.gguf', 300);
  const other = file(own, 'large-00002-of-00002.gguf', 50);
  expect(await removeModelFiles(first, own)).toBe(600);
  expect(existsSync(other)).toBe(true);
  expect(existsSync(path.join(own, 'large-00003-of-00003.gguf'))).toBe(false);
});

test('a link goes, and what it names stays', async () => {
  const target = file(others, 'theirs.gguf', 700);
  const link = path.join(own, 'theirs.gguf');
  symlinkSync(target, link);
  expect(await removeModelFiles(link, own)).toBe(0);
  expect(existsSync(link)).toBe(false);
  expect(readFileSync(target).length).toBe(700);
});

test('a file with a second name elsewhere gives nothing back', async () => {
  const target = file(others, 'twice.gguf', 700);
  const name = path.join(own, 'twice.gguf');
  linkSync(target, name);
  expect(await removeModelFiles(name, own)).toBe(0);
  expect(existsSync(target)).toBe(true);
});

test.each([
  ['of another folder', (): string => file(others, 'theirs.gguf', 10)],
  ['that only seems to lie in it', (): string => path.join(own, '..', 'elsewhere', path.basename(file(others, 'dots.gguf', 10)))],
  ['below it', (): string => (mkdirSync(path.join(own, 'sub')), file(path.join(own, 'sub'), 'deep.gguf', 10))],
])('a file %s is refused', async (_what, made) => {
  const at = made();
  await expect(removeModelFiles(at, own)).rejects.toMatchObject({ code: 'not-allowed' });
  expect(existsSync(at)).toBe(true);
});
