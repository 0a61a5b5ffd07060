import { createRouterClient } from '@orpc/server';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SecretRequest } from '../../src-shared/control.ts';
import { Failure } from '../../src-shared/failure.ts';

const board = { text: '' };
const dialogue: { answer: { canceled: boolean; filePath: string } } = { answer: { canceled: true, filePath: '' } };
vi.mock('electron', () => ({
  clipboard: {
    writeText: (text: string) => void (board.text = text),
    readText: () => board.text,
    clear: () => void (board.text = ''),
  },
  dialog: { showSaveDialog: () => Promise.resolve(dialogue.answer) },
  shell: {},
}));
const { desktopRouter } = await import('./calls.ts');

let folder: string;
let asked: SecretRequest[];
let login = { on: false, asked: false };
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-calls-'));
  asked = [];
  login = { on: false, asked: false };
  dialogue.answer = { canceled: true, filePath: '' };
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const secret = (request: SecretRequest): Promise<string> => {
  asked.push(request);
  if (request.id === 'gone') return Promise.reject(new Failure('not-found', 'There is no such invite.'));
  return Promise.resolve(`secret ${request.kind} ${request.id ?? ''}`);
};
const calls = () =>
  createRouterClient(
    desktopRouter({
      secret,
      window: () => null,
      keyFile: { fate: async () => 'by-hand', remove: async () => 'kept' },
      title: (words) => words,
      wishes: async function* () {},
      saved: () => undefined,
      autostart: { on: () => login.on, set: (on) => void (login.on = on) },
      askedAtLogin: { get: () => login.asked, set: () => void (login.asked = true) },
      hotkey: { now: () => ({ keys: null, state: 'off', command: '' }), set: (keys) => ({ keys, state: 'on', command: '' }) },
      zoom: { now: () => 1, set: () => undefined },
      tell: () => undefined,
      updates: { state: () => ({ unsupported: 'clone', phase: { kind: 'idle' }, checkedAt: null }), check: () => undefined },
      resetData: () => undefined,
      restartToUpdate: () => false,
      quit: () => undefined,
      openFolder: async () => undefined,
    }),
  );

test('each secret is written where the person says, for its owner alone, and is no part of the answer', async () => {
  const file = path.join(folder, 'out');
  writeFileSync(file, 'a much longer text that was there before');
  chmodSync(file, 0o644);
  dialogue.answer = { canceled: false, filePath: file };
  const saves = {
    saveKey: () => calls().saveKey(),
    saveInvite: () => calls().saveInvite({ id: 'a' }),
    saveRecovery: () => calls().saveRecovery(),
    saveLedger: () => calls().saveLedger(),
  };
  for (const [name, save] of Object.entries(saves)) {
    expect(await save(), name).toBe(true);
    const { kind, id = '' } = asked.at(-1) ?? { kind: 'key' };
    expect(readFileSync(file, 'utf8')).toBe(`secret ${kind} ${id}`);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  expect(asked.map(({ kind }) => kind)).toEqual(['key', 'invite', 'recovery', 'ledger']);
});

test('a dialog that was closed makes no recovery code: the old one would end', async () => {
  expect(await calls().saveRecovery()).toBe(false);
  expect(asked).toEqual([]);
});

test('an invite or the key leaves the clipboard after a minute, unless something else is there by then', async () => {
  vi.useFakeTimers();
  await calls().copyKey();
  expect(board.text).toBe('secret key ');
  await vi.advanceTimersByTimeAsync(59_000);
  expect(board.text).toBe('secret key ');
  await vi.advanceTimersByTimeAsync(1000);
  expect(board.text).toBe('');
  await calls().copyInvite({ id: 'a' });
  expect(board.text).toBe('secret invite a');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(board.text).toBe('');
  await calls().copyInvite({ id: 'b' });
  board.text = 'a poem';
  await vi.advanceTimersByTimeAsync(60_000);
  expect(board.text).toBe('a poem');
});

test('start at login is asked for once: not after a yes, a no, or a switch that was found without being asked', async () => {
  expect(await calls().askAutostart()).toBe(true);
  await calls().declineAutostart();
  expect(login).toEqual({ on: false, asked: true });
  expect(await calls().askAutostart()).toBe(false);
  login = { on: false, asked: false };
  await calls().setAutostart({ on: true });
  expect(login).toEqual({ on: true, asked: true });
  await calls().setAutostart({ on: false });
  expect(await calls().askAutostart()).toBe(false);
  // the system's own list has it already
  login = { on: true, asked: false };
  expect(await calls().askAutostart()).toBe(false);
});

test('keys that texts are typed with are refused at the door', async () => {
  await expect(calls().setHotkey({ keys: 'A' })).rejects.toThrow();
  expect(await calls().setHotkey({ keys: 'Control+Alt+A' })).toMatchObject({ state: 'on' });
});

test('an invite that is not there is said', async () => {
  await expect(calls().invitePicture({ id: 'gone' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
