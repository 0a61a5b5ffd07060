import {
  closeSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyFile, type BroughtKeyFile } from './key-file.ts';

/** Stands for the grammar of swarm.key, which is another room's: "key" and hex digits, in small letters or capitals. */
function parse(content: Uint8Array): Uint8Array {
  const digits = /^key ([0-9a-f]{64})\s*$/i.exec(Buffer.from(content).toString('latin1'))?.[1];
  if (digits === undefined) throw new Error('no key');
  return new Uint8Array(Buffer.from(digits, 'hex'));
}
const ownText = `key ${'7a'.repeat(32)}\n`;
const otherText = `key ${'8b'.repeat(32)}\n`;

let folder: string;
let file: string;
let ownKey: () => Promise<string>;
let asked: BroughtKeyFile;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-key-file-'));
  file = path.join(folder, 'swarm.key');
  writeFileSync(file, ownText);
  ownKey = () => Promise.resolve(ownText);
  asked = keyFile({ parse, ownKey: () => ownKey() });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As the preload and then the page say it. */
async function brought(where = file): Promise<string> {
  asked.brought(where);
  return await asked.fate();
}

describe('the file by which the key came', () => {
  test('is overwritten and removed, in whatever spelling it holds the key', async () => {
    const spellings = { plain: ownText, otherwise: `KEY ${'7A'.repeat(32)}\r\n\r\n` };
    for (const [name, text] of Object.entries(spellings)) {
      writeFileSync(file, text);
      expect(await brought(), name).toBe('deletable');
      expect(await asked.remove(), name).toBe('deleted');
      expect(existsSync(file), name).toBe(false);
    }
  });

  test.skipIf(process.platform === 'win32')('holds nothing of the key any more, for whoever still has it open', async () => {
    const kept = path.join(folder, 'kept');
    expect(await brought()).toBe('deletable');
    // a second name, made after it was looked at: it is not touched, since that file is no single one any more
    linkSync(file, kept);
    expect(await asked.remove()).toBe('kept');
    expect(readFileSync(kept, 'utf8')).toBe(ownText);
    rmSync(kept);
    expect(await brought()).toBe('deletable');
    const open = openSync(file, 'r');
    expect(await asked.remove()).toBe('deleted');
    const rest = Buffer.alloc(200);
    expect(readSync(open, rest, 0, 200, 0)).toBe(0);
    closeSync(open);
  });

  test('is deleted once: neither is asked twice, and nothing goes without the question', async () => {
    asked.brought(file);
    expect(await asked.remove()).toBe('kept');
    expect(await asked.fate()).toBe('deletable');
    expect(await asked.fate()).toBe('by-hand');
    expect(await asked.remove()).toBe('kept');
    expect(readFileSync(file, 'utf8')).toBe(ownText);
    expect(await brought()).toBe('deletable');
    // another file was dropped between question and click
    asked.brought(path.join(folder, 'notes.txt'));
    expect(await asked.remove()).toBe('kept');
    expect(existsSync(file)).toBe(true);
  });
});

describe('never deleted is', () => {
  const refused = async (where: string, why: string): Promise<void> => {
    const before = statSync(where).isFile() ? readFileSync(where, 'latin1') : null;
    expect(await brought(where), why).not.toBe('deletable');
    expect(await asked.remove(), why).toBe('kept');
    if (before !== null) expect(readFileSync(where, 'latin1'), why).toBe(before);
  };

  test('what is no key, another key, or more than a key', async () => {
    const contents = { poem: 'roses are red', another: otherText, long: `${ownText}${'\n'.repeat(5000)}`, nothing: '' };
    for (const [why, text] of Object.entries(contents)) {
      writeFileSync(file, text);
      await refused(file, why);
    }
    await refused(folder, 'a folder');
    expect(await brought(path.join(folder, 'gone'))).toBe('by-hand');
    expect(await brought('swarm.key')).toBe('by-hand');
    expect(await brought('')).toBe('by-hand');
  });

  test('anything while this machine has no key, or another one', async () => {
    ownKey = () => Promise.reject(new Error('no-key'));
    await refused(file, 'no key');
    ownKey = () => Promise.resolve(otherText);
    await refused(file, 'another one');
  });

  test.skipIf(process.platform === 'win32')('a link, or a file with a second name', async () => {
    const link = path.join(folder, 'link.key');
    symlinkSync(file, link);
    await refused(link, 'link');
    const second = path.join(folder, 'second.key');
    linkSync(file, second);
    await refused(second, 'second name');
  });

  test('the key of a node, in its own folder', async () => {
    writeFileSync(path.join(folder, 'identity.json'), '{}');
    expect(await brought()).toBe('needed');
    expect(await asked.remove()).toBe('kept');
    expect(readFileSync(file, 'utf8')).toBe(ownText);
    // by a way that leads there through a link
    if (process.platform === 'win32') return;
    const beside = mkdtempSync(path.join(tmpdir(), 'axon-key-file-'));
    symlinkSync(folder, path.join(beside, 'home'));
    expect(await brought(path.join(beside, 'home', 'swarm.key'))).toBe('needed');
    rmSync(beside, { recursive: true });
  });

  test('what came into its place between question and click', async () => {
    expect(await brought()).toBe('deletable');
    renameSync(file, path.join(folder, 'moved.key'));
    writeFileSync(file, ownText);
    expect(await asked.remove()).toBe('kept');
    writeFileSync(file, otherText);
    expect(await brought()).toBe('by-hand');
    expect(await brought(path.join(folder, 'moved.key'))).toBe('deletable');
    writeFileSync(path.join(folder, 'moved.key'), 'a poem in the same file');
    expect(await asked.remove()).toBe('kept');
    expect(readFileSync(path.join(folder, 'moved.key'), 'utf8')).toBe('a poem in the same file');
  });
});
