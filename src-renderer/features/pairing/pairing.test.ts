import { describe, expect, test } from 'vitest';
import { Failure, toFailure } from '../../../src-shared/failure.ts';
import type { FailureCode } from '../../../src-shared/failure.ts';
import { createKeyImport } from './key-import.ts';
import { readDrop, readKeyFile } from './read-key-file.ts';

const item = (
  file: File | null,
  isDirectory = false,
): { kind: string; getAsFile: () => File | null; webkitGetAsEntry: () => { isDirectory: boolean } } => ({
  kind: 'file',
  getAsFile: () => file,
  webkitGetAsEntry: () => ({ isDirectory }),
});

describe('readDrop', () => {
  test('one file gives its bytes and size', async () => {
    expect(await readDrop([item(new File(['/key/'], 'swarm.key'))])).toEqual({ kind: 'file', content: btoa('/key/'), size: 5 });
  });

  test('a folder, several files and mere text are told apart', async () => {
    expect(await readDrop([item(null, true)])).toEqual({ kind: 'failure', code: 'key-folder' });
    expect(await readDrop([item(new File([], 'a')), item(new File([], 'b'))])).toEqual({ kind: 'several' });
    expect(await readDrop([{ kind: 'string', getAsFile: () => null }])).toEqual({ kind: 'nothing' });
  });

  test('of a large file only the head is read', async () => {
    const read = await readKeyFile(new File([new Uint8Array(1_000_000)], 'movie'));
    expect(read).toMatchObject({ kind: 'file', size: 1_000_000 });
    expect(read.kind === 'file' && atob(read.content).length).toBe(4096);
  });

  test('what cannot be read counts as a folder', async () => {
    const unreadable = {
      slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }),
      size: 4096,
    } as unknown as File;
    expect(await readKeyFile(unreadable)).toEqual({ kind: 'failure', code: 'key-folder' });
  });
});

describe('createKeyImport', () => {
  const codeOf = (error: unknown): FailureCode => toFailure(error).code;
  const file = { kind: 'file', content: 'eA==', size: 1 } as const;

  test('another key is asked about before it is replaced', async () => {
    const asked: boolean[] = [];
    const importing = createKeyImport(({ replace }) => {
      asked.push(replace);
      return replace ? Promise.resolve() : Promise.reject(new Failure('key-exists', 'there is one'));
    }, codeOf);
    await importing.take(file);
    expect(importing.store.getState()).toMatchObject({ kind: 'replace' });
    expect(asked).toEqual([false]);
    await importing.confirmReplace();
    expect(importing.store.getState()).toEqual({ kind: 'joined' });
    expect(asked).toEqual([false, true]);
  });

  test('"keep mine" changes nothing and forgets the bytes', async () => {
    const importing = createKeyImport(() => Promise.reject(new Failure('key-exists', 'there is one')), codeOf);
    await importing.take(file);
    importing.dismiss();
    await importing.confirmReplace();
    expect(importing.store.getState()).toEqual({ kind: 'idle' });
  });

  test('each bad file keeps its own code', async () => {
    const importing = createKeyImport(() => Promise.reject(new Failure('key-wrong-length', '63')), codeOf);
    await importing.take(file);
    expect(importing.store.getState()).toEqual({ kind: 'failed', code: 'key-wrong-length' });
  });
});
