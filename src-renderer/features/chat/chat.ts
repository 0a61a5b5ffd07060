import { useEffect } from 'react';
import { useStore } from 'zustand';
import { callFailure, connection, useEpoch } from '../../node/index.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { readFile } from './attach/read-file.ts';
import { nextFrame } from './batch.ts';
import { keepOpenChat, openChatKept } from './open-chat.ts';
import { createChat } from './store.ts';
import type { ChatState } from './state.ts';

/** The chat of this window. */
export const chat = createChat({
  node: () => {
    const { control } = connection.getState();
    if (control === null) throw new Failure('disconnected', 'the window has no connection to its node');
    return control;
  },
  newTuning: () => connection.getState().view?.settings.tuning ?? { system: '', parameters: {} },
  newId: () => crypto.randomUUID(),
  now: Date.now,
  frame: nextFrame,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  readFile,
  openBefore: openChatKept,
  failureOf: (error) => callFailure(error).toShape(),
});

chat.store.subscribe(({ currentId }, old) => {
  if (currentId !== old.currentId) keepOpenChat(currentId);
});

export function useChat<T>(select: (state: ChatState) => T): T {
  return useStore(chat.store, select);
}

/** Tells of running answers at every change, which is as often as they grow: no part of the page is drawn for it. Returns how to end it. */
export function followRuns(tell: (runs: ChatState['runs']) => void): () => void {
  return chat.store.subscribe((state, old) => {
    if (state.runs !== old.runs) tell(state.runs);
  });
}

/** Keeps the conversations as the node has them, for as long as the window is there, whichever page it shows. */
export function useConversations(): void {
  const epoch = useEpoch();
  useEffect(() => {
    if (epoch === 0) return undefined;
    const stop = new AbortController();
    void chat.follow(stop.signal);
    return () => stop.abort();
  }, [epoch]);
}

/** Whether an answer is on its way in the open conversation. */
export function useAnswering(): boolean {
  return useChat((state) => state.currentId !== null && state.runs[state.currentId] !== undefined);
}

/** Some machine is at an answer of the open conversation: it does not wait for one to come. */
export function useBeingAnswered(): boolean {
  return useChat(({ currentId, runs }) => {
    const run = currentId === null ? undefined : runs[currentId];
    return run !== undefined && run.placement !== null && run.phase.kind !== 'waiting' && run.phase.kind !== 'moving';
  });
}

/** Keeps what is typed, now. Resolves when the node has it. */
export async function saveDrafts(): Promise<void> {
  await chat.saveDraft();
}

/** As the button above the list does. */
export function startNewChat(): void {
  void chat.startNew();
}

/** Puts files to the draft of the open conversation. */
export function attachFiles(files: readonly File[]): void {
  chat.attach(files);
}
