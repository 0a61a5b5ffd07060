// When to look for an update, fetch it and put it in place: never while somebody is being answered. Pure: the updater and time are arguments.
import type { NoUpdates, UpdateChannel, UpdateFault, UpdatesState, UpdateWishes } from '../../src-shared/updates.ts';
import type { Clock } from '../jobs/ports.ts';

/** A version that can be fetched. notes: plain text */
export type FoundUpdate = { version: string; notes: string };

/** What fetches and verifies. */
export type Updater = {
  /** The newest version of that channel; null: this one is. */
  check(channel: UpdateChannel): Promise<FoundUpdate | null>;
  /** Fetches what check() found, and rejects what is not what was announced. It then lies ready. */
  download(progress: (share: number) => void, signal: AbortSignal): Promise<void>;
  /** Whether what lies ready is put in place when the app has quit. */
  installOnQuit(wanted: boolean): void;
};

/** Thrown by an updater. */
export class UpdateFailure extends Error {
  override name = 'UpdateFailure';
  readonly fault: UpdateFault;
  constructor(fault: UpdateFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Four looks a day find a fix within hours and are no load on anybody; the jitter keeps machines that start together apart. */
export const updatePace = { startMs: 60_000, everyMs: 6 * 3_600_000, retryMs: 30 * 60_000, jitter: 0.25 };

export type UpdatingOptions = {
  updater: Updater;
  clock: Pick<Clock, 'date' | 'after'>;
  /** 0..1 */
  random: () => number;
  /** It lies ready; once for each version. */
  ready: (version: string) => void;
  /** Once for a row of failures; they are tried again. */
  failed: (reason: string) => void;
};

export type Updating = {
  state(): UpdatesState;
  /** What the person wants, and whether an answer is being written here; nothing happens before the first call. */
  see(wishes: UpdateWishes, busy: boolean): void;
  /** Looks now: the person asked. */
  check(): void;
  /** Whether it may be put in place now. */
  mayInstall(): boolean;
  stop(): void;
};

export function updating({ updater, clock, random, ready, failed }: UpdatingOptions): Updating {
  let wishes: UpdateWishes | null = null;
  let busy = false;
  let due = false;
  let phase: UpdatesState['phase'] = { kind: 'idle' };
  let checkedAt: number | null = null;
  let here: FoundUpdate | null = null;
  let failures = 0;
  let unplan = (): void => {};
  let looking: AbortController | null = null;

  const rest = (): void => {
    phase = here === null ? { kind: 'idle' } : { kind: 'ready', ...here };
  };
  const plan = (ms: number): void => {
    unplan();
    unplan = clock.after(ms * (1 - updatePace.jitter + 2 * updatePace.jitter * random()), () => {
      due = true;
      turn();
    });
  };
  const turn = (): void => {
    if (due && !busy && wishes?.on === true && looking === null) void look(wishes.channel);
  };
  const look = async (channel: UpdateChannel): Promise<void> => {
    due = false;
    unplan();
    const own = new AbortController();
    looking = own;
    try {
      if (here === null) phase = { kind: 'checking' };
      const found = await updater.check(channel);
      if (own.signal.aborted) return;
      checkedAt = clock.date();
      if (found !== null && found.version !== here?.version) {
        here = null;
        phase = { kind: 'downloading', version: found.version, share: 0 };
        await updater.download((share) => {
          if (!own.signal.aborted) phase = { kind: 'downloading', version: found.version, share: Math.min(1, Math.max(0, share)) };
        }, own.signal);
        if (own.signal.aborted) return;
        here = found;
        updater.installOnQuit(true);
        ready(found.version);
      }
      rest();
      failures = 0;
      looking = null;
      plan(updatePace.everyMs);
    } catch (error) {
      if (own.signal.aborted) return;
      looking = null;
      failures += 1;
      rest();
      if (here === null) phase = { kind: 'failed', fault: error instanceof UpdateFailure ? error.fault : 'other' };
      if (failures === 1) failed(error instanceof Error ? error.message : String(error));
      plan(Math.min(updatePace.retryMs * 2 ** (failures - 1), updatePace.everyMs));
    }
  };
  /** The person thought again: what was fetched for the other wish is not put in place. */
  const startOver = (): void => {
    looking?.abort();
    looking = null;
    unplan();
    due = false;
    here = null;
    failures = 0;
    updater.installOnQuit(false);
    rest();
  };

  return {
    state: () => ({ unsupported: null, phase, checkedAt }),
    see(next, nowBusy) {
      const before = wishes;
      wishes = next;
      busy = nowBusy;
      if (before === null) {
        if (next.on) plan(updatePace.startMs);
      } else if (before.on !== next.on || before.channel !== next.channel) {
        startOver();
        due = next.on;
      }
      turn();
    },
    check() {
      if (wishes?.on === true && looking === null) void look(wishes.channel);
    },
    mayInstall: () => phase.kind === 'ready' && !busy,
    stop() {
      unplan();
      looking?.abort();
      wishes = null;
    },
  };
}

export type UpdateFacts = {
  packaged: boolean;
  /** It runs on the Electron that it is made for. */
  realElectron: boolean;
  platform: NodeJS.Platform;
  /** An installer's mark lies beside it, or it is an AppImage. */
  installed: boolean;
  /** The build names an https address. */
  source: boolean;
  signed: boolean;
};

/** Why this copy does not update itself; null: it does. */
export function whyNoUpdates({ packaged, realElectron, platform, installed, source, signed }: UpdateFacts): NoUpdates | null {
  if (!packaged) return 'clone';
  if (!realElectron) return 'test-build';
  if (!source) return 'no-source';
  if (platform === 'linux' && !installed) return 'not-installed';
  if (platform === 'darwin' && !signed) return 'unsigned';
  return null;
}
