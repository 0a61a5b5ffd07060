import { describe, expect, test } from 'vitest';
import { Failure, toFailure } from '../../../src-shared/failure.ts';
import type { FailureCode } from '../../../src-shared/failure.ts';
import type { PairingStep } from '../../../src-shared/member.ts';
import type { KeyFileEnd, KeyFileFate } from '../../../src-shared/desktop.ts';
import { codeOfText, createCodeJoin } from './code-join.ts';
import { inviteIn, inviteInFile, keyIn } from './invite-text.ts';
import { createKeyFileLeft } from './key-file-left.ts';
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
  const preview = (): Promise<string> => Promise.resolve('7b-10-ee-52');
  const file = { kind: 'file', content: 'eA==', size: 1 } as const;

  test('another key is asked about before it is replaced', async () => {
    const asked: boolean[] = [];
    const importing = createKeyImport(
      (_brought, replace) => {
        asked.push(replace);
        return replace ? Promise.resolve() : Promise.reject(new Failure('key-exists', 'there is one'));
      },
      preview,
      codeOf,
    );
    await importing.take(file);
    expect(importing.store.getState()).toMatchObject({ kind: 'replace', next: '7b-10-ee-52' });
    expect(asked).toEqual([false]);
    await importing.confirmReplace();
    expect(importing.store.getState()).toEqual({ kind: 'joined' });
    expect(asked).toEqual([false, true]);
  });

  test('"keep mine" changes nothing and forgets the bytes', async () => {
    const importing = createKeyImport(() => Promise.reject(new Failure('key-exists', 'there is one')), preview, codeOf);
    await importing.take(file);
    importing.dismiss();
    await importing.confirmReplace();
    expect(importing.store.getState()).toEqual({ kind: 'idle' });
  });

  test('each bad file keeps its own code', async () => {
    const given: unknown[] = [];
    const importing = createKeyImport(
      (brought) => {
        given.push(brought);
        return Promise.resolve();
      },
      () => Promise.reject(new Failure('key-wrong-length', '63')),
      codeOf,
    );
    await importing.take(file);
    expect(given).toEqual([]);
    expect(importing.store.getState()).toEqual({ kind: 'failed', code: 'key-wrong-length' });
  });
});

describe('the file that a key came in', () => {
  const refused = new Failure('key-exists', 'there is one');
  const codeOf = (error: unknown): FailureCode => toFailure(error).code;
  const preview = (): Promise<string> => Promise.resolve('7b-10-ee-52');

  test('is spoken of once its key is in force: not of one that was refused, an invite, or what was pasted', async () => {
    let spoken = 0;
    let answer: () => Promise<void> = () => Promise.reject(refused);
    const importing = createKeyImport(
      (_brought, replace) => (replace ? Promise.resolve() : answer()),
      preview,
      codeOf,
      () => spoken++,
    );
    const file = { kind: 'file', content: 'eA==', size: 1 } as const;
    await importing.take(file);
    expect(spoken).toBe(0);
    await importing.confirmReplace();
    expect(spoken).toBe(1);
    answer = () => Promise.resolve();
    await importing.takeText(`/key/swarm/psk/1.0.0/\n/base16/\n${'0123456789abcdef'.repeat(4)}`);
    await importing.take({ kind: 'file', content: btoa(`axon-invite:${'x'.repeat(40)}`), size: 52 });
    expect(spoken).toBe(1);
    await importing.take(file);
    expect(spoken).toBe(2);
  });

  test('can be deleted, is the task of the person, or is needed; what could not be deleted is said', async () => {
    let fate: () => Promise<KeyFileFate> = () => Promise.resolve('deletable');
    let end: () => Promise<KeyFileEnd> = () => Promise.resolve('deleted');
    const left = createKeyFileLeft({ fate: () => fate(), remove: () => end() });
    const shown = (): string => left.store.getState().kind;
    await left.taken();
    expect(shown()).toBe('deletable');
    expect(await left.remove()).toBe('deleted');
    expect(shown()).toBe('none');
    await left.taken();
    end = () => Promise.reject(new Error('the link broke'));
    expect(await left.remove()).toBe('kept');
    expect(shown()).toBe('kept');
    left.dismiss();
    expect(shown()).toBe('none');
    fate = () => Promise.resolve('needed');
    await left.taken();
    expect(shown()).toBe('none');
    fate = () => Promise.reject(new Error('the link broke'));
    await left.taken();
    expect(shown()).toBe('by-hand');
  });
});

describe('a pasted key', () => {
  const key = '/key/swarm/psk/1.0.0/\n/base16/\n' + '0123456789abcdef'.repeat(4);

  test('is the file that it was copied from, whatever stands before it; not more than a file may have', () => {
    expect(keyIn(key)).toEqual({ content: btoa(key), size: key.length });
    expect(keyIn(`Here you are:\n${key}`)).toEqual({ content: btoa(key), size: key.length });
    const long = keyIn(key + 'é'.repeat(10_000));
    expect([atob(long?.content ?? '').length, long?.size]).toEqual([4096, key.length + 20_000]);
    expect([keyIn(''), keyIn('hello'), keyIn('0123456789abcdef'.repeat(4))]).toEqual([null, null, null]);
  });

  test('is taken like a file', async () => {
    const given: unknown[] = [];
    const importing = createKeyImport(
      (brought) => {
        given.push(brought);
        return Promise.resolve();
      },
      () => Promise.resolve('7b-10-ee-52'),
      () => 'internal',
    );
    await importing.takeText(key);
    expect(given).toEqual([{ kind: 'key', content: btoa(key), size: key.length, file: false }]);
    await importing.takeText('neither');
    expect(importing.store.getState()).toEqual({ kind: 'failed', code: 'invite-bad' });
  });
});

describe('invites', () => {
  test.each([
    ['axon-invite:abc_-1', 'axon-invite:abc_-1'],
    ['  axon-invite:abc\n def\r\n', 'axon-invite:abcdef'],
    ['Hi! Use axon-invite:abc soon.', 'axon-invite:abc'],
    ['AXON', null],
    ['', null],
  ])('%j holds %j', (text, invite) => {
    expect(inviteIn(text)).toBe(invite);
  });

  test('a file is an invite by what it begins with, a mark of UTF-8 in front or not', () => {
    expect(inviteInFile(btoa('axon-invite:abc\n'))).toBe('axon-invite:abc');
    expect(inviteInFile(btoa('\u00ef\u00bb\u00bfaxon-invite:abc'))).toBe('axon-invite:abc');
    expect(inviteInFile(btoa('/key/swarm/psk/1.0.0/\naxon-invite:abc'))).toBeNull();
  });

  test('file and text go the way of an invite; what is none is said to be none', async () => {
    const given: unknown[] = [];
    const importing = createKeyImport(
      (brought) => {
        given.push(brought);
        return Promise.resolve();
      },
      () => Promise.reject(new Failure('internal', 'an invite has no fingerprint')),
      () => 'internal',
    );
    await importing.take({ kind: 'file', content: btoa('axon-invite:abc'), size: 15 });
    await importing.takeText('axon-invite:def');
    expect(given).toEqual([
      { kind: 'invite', text: 'axon-invite:abc' },
      { kind: 'invite', text: 'axon-invite:def' },
    ]);
    await importing.takeText('something else');
    expect(importing.store.getState()).toEqual({ kind: 'failed', code: 'invite-bad' });
    expect(given).toHaveLength(2);
  });
});

describe('createCodeJoin', () => {
  const codeOf = (error: unknown): FailureCode => toFailure(error).code;
  const nowhere = { address: '', chosen: null };
  async function* steps(list: PairingStep[], then: () => Promise<void> = () => Promise.resolve()): AsyncGenerator<PairingStep> {
    yield* list;
    await then();
  }

  test('a typed or pasted code loses everything that is no letter or digit', () => {
    expect(codeOfText(' k7qm-4xwp\n')).toBe('K7QM4XWP');
    expect(codeOfText('k7qm4xwp99')).toBe('K7QM4XWP');
    expect(codeOfText('oil-u7qm0')).toBe('QLLU7QMQ');
  });

  test('shows the words, and is done with joined; an empty address is none', async () => {
    const seen: string[] = [];
    const given: unknown[] = [];
    const joining = createCodeJoin((input) => {
      given.push(input);
      return Promise.resolve(steps([{ kind: 'searching' }, { kind: 'words', name: 'A', words: 'x-y-z' }, { kind: 'joined', name: 'A' }]));
    }, codeOf);
    joining.store.subscribe(({ kind }) => seen.push(kind));
    await joining.start('K7QM4XWP', nowhere);
    expect(given).toEqual([{ code: 'K7QM4XWP' }]);
    expect(seen).toEqual(['idle', 'searching', 'words', 'idle']);
  });

  test('what was chosen nearby is dialled; what was typed goes before it', async () => {
    const given: unknown[] = [];
    const joining = createCodeJoin((input) => {
      given.push(input);
      return Promise.resolve(steps([{ kind: 'joined', name: 'A' }]));
    }, codeOf);
    const chosen = { peerId: 'A', name: 'DESK', host: '192.168.1.20', address: '/ip4/192.168.1.20/tcp/5000/p2p/A' };
    await joining.start('K7QM4XWP', { address: '', chosen });
    await joining.start('K7QM4XWP', { address: 'attic:4102', chosen });
    expect(given).toEqual([
      { code: 'K7QM4XWP', address: chosen.address },
      { code: 'K7QM4XWP', address: 'attic:4102' },
    ]);
  });

  test('a failure is kept; cancel aborts, and what comes later is not shown', async () => {
    const failing = createCodeJoin(() => Promise.reject(new Failure('code-wrong', 'no')), codeOf);
    await failing.start('K7QM4XWP', { address: 'attic:4102', chosen: null });
    expect(failing.store.getState()).toEqual({
      kind: 'failed',
      code: 'code-wrong',
      typed: 'K7QM4XWP',
      address: 'attic:4102',
      chosen: null,
    });

    let aborted = false;
    let begun: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const hanging = createCodeJoin(
      (_input, signal) =>
        Promise.resolve(
          steps([{ kind: 'searching' }], () => {
            begun();
            return new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => {
                aborted = true;
                reject(new Error('gone'));
              });
            });
          }),
        ),
      codeOf,
    );
    const running = hanging.start('K7QM4XWP', nowhere);
    await underWay;
    hanging.cancel();
    await running;
    expect(aborted).toBe(true);
    expect(hanging.store.getState()).toEqual({ kind: 'cancelled', typed: 'K7QM4XWP', ...nowhere });
  });
});
