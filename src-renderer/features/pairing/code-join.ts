import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import type { FailureCode } from '../../../src-shared/failure.ts';
import type { NearbyDoor, PairingStep } from '../../../src-shared/member.ts';

/** address: typed, or ''. chosen: of the machines nearby; what is typed goes before. Without both, mDNS finds the machine. */
export type JoinAt = { address: string; chosen: NearbyDoor | null };

/** What was tried stays, so that it is typed or chosen once. typed: the code. */
type Tried = JoinAt & { typed: string };

export type CodeJoinState =
  | { kind: 'idle' }
  | { kind: 'searching' }
  /** Both screens show the words; the other one is to say yes. */
  | { kind: 'words'; name: string; words: string }
  | ({ kind: 'cancelled' } & Tried)
  | ({ kind: 'failed'; code: FailureCode } & Tried);

export type CodeJoin = {
  store: StoreApi<CodeJoinState>;
  start: (code: string, at: JoinAt) => Promise<void>;
  cancel: () => void;
};

type Join = (input: { code: string; address?: string }, signal: AbortSignal) => Promise<AsyncIterable<PairingStep>>;

export const codeLength = 8;

/** What a person types or pastes, as a code: large, no dash, and what is in no code as what looks like it (the node's `normaliseCode`). */
export function codeOfText(text: string): string {
  return text
    .toUpperCase()
    .replaceAll(/[0O]/g, 'Q')
    .replaceAll(/[1I]/g, 'L')
    .replaceAll(/[^2-9A-Z]/g, '')
    .slice(0, codeLength);
}

/** Joining by the code on another screen. It outlives the page that began it, and ends with being in, a failure or cancel. */
export function createCodeJoin(join: Join, failureOf: (error: unknown) => FailureCode): CodeJoin {
  const store = createStore<CodeJoinState>(() => ({ kind: 'idle' }));
  const set = (state: CodeJoinState): void => store.setState(state, true);
  let running: (Tried & { abort: AbortController }) | null = null;

  const cancel = (): void => {
    if (running === null) return;
    const { abort, ...tried } = running;
    running = null;
    abort.abort();
    set({ kind: 'cancelled', ...tried });
  };
  return {
    store,
    cancel,
    start: async (code, at) => {
      running?.abort.abort();
      set({ kind: 'idle' });
      const attempt = new AbortController();
      const tried: Tried = { typed: code, ...at };
      running = { ...tried, abort: attempt };
      const mine = (state: CodeJoinState): void => {
        if (attempt.signal.aborted) return;
        if (state.kind === 'idle' || state.kind === 'failed') running = null;
        set(state);
      };
      mine({ kind: 'searching' });
      try {
        const address = at.address === '' ? at.chosen?.address : at.address;
        for await (const step of await join(address === undefined ? { code } : { code, address }, attempt.signal)) {
          if (step.kind === 'words') mine({ kind: 'words', name: step.name, words: step.words });
        }
        // Joined: from here the view shows it.
        mine({ kind: 'idle' });
      } catch (error) {
        mine({ kind: 'failed', code: failureOf(error), ...tried });
      }
    },
  };
}
