// What the played node has, as its calls see and change it.
import type { Conversation } from '../../src-shared/conversation.ts';
import type { DiscoveryReport } from '../../src-shared/discovery.ts';
import type { DoctorCheck } from '../../src-shared/doctor.ts';
import type { FoundServer } from '../../src-shared/local-engine.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import type { Applicant, LedgerEntry, MembershipView, NearbyDoor } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { AnswerScript } from './played-answers.ts';
import type { PlayedOllama } from './played-engines.ts';

export type FakeNode = {
  /** With the one-time token in the fragment. */
  address: string;
  origin: string;
  view: () => SwarmView;
  change: (change: (view: SwarmView) => SwarmView) => void;
  conversations: Map<string, Conversation>;
  /** Names of calls in the order they came, view excepted. */
  calls: { name: string; input: unknown }[];
  script: (script: AnswerScript) => void;
  /** Answers that were aborted by the window. */
  aborted: () => number;
  /** Breaks every socket; with `refuse` new ones are refused until the next call. */
  cut: (options?: { refuse: boolean }) => void;
  heal: () => void;
  /** Another machine knocks, or gives up. */
  knock: (applicant: Applicant) => void;
  /** A wrong code came; the third one closes. `expire`: the two minutes are over. */
  wrongCode: () => void;
  expireCode: () => void;
  /** Windows that hold "Add a device" open. */
  holding: () => number;
  /** The other side of joining by code says yes. */
  welcome: () => void;
  ledger: { entries: LedgerEntry[]; brokenAt: number | null; missing: number };
  /** The Ollama of this machine; null: nobody answers there. */
  ollama: (found: PlayedOllama | null) => void;
  /** LM Studio and llama-server of this machine. */
  servers: (there: readonly FoundServer[]) => void;
  /** What the machine sees of why nobody is found. */
  discovery: (report: DiscoveryReport) => void;
  /** What the doctor found, or finds when that comes. */
  doctor: (checks: DoctorCheck[] | Promise<DoctorCheck[]>) => void;
  /** Searches are answered when that comes. */
  searches: (when: Promise<unknown>) => void;
  /** Who adds a device nearby. */
  nearby: (doors: NearbyDoor[]) => void;
  stop: () => Promise<void>;
};

export type Stage = {
  view: () => SwarmView;
  change: FakeNode['change'];
  watchers: Set<() => void>;
  conversations: Map<string, Conversation>;
  calls: FakeNode['calls'];
  script: AnswerScript;
  onAbort: () => void;
  changeMembership: (edit: (membership: MembershipView) => Partial<MembershipView>) => void;
  /** When searches are answered. */
  searched: () => Promise<unknown>;
  ledger: FakeNode['ledger'];
  ollama: () => PlayedOllama | null;
  servers: () => readonly FoundServer[];
  discovery: () => DiscoveryReport;
  nearby: () => NearbyDoor[];
  checks: () => DoctorCheck[] | Promise<DoctorCheck[]>;
  holds: Set<(why: FailureCode | null) => void>;
  onWelcome: (then: () => void) => void;
};

/** What is there now, and again after each change. */
export async function* following<T>(watchers: Set<() => void>, now: () => T, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
  let wake: () => void = () => undefined;
  const watcher = (): void => wake();
  watchers.add(watcher);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
      yield now();
      await changed;
      if (signal?.aborted === true) return;
    }
  } finally {
    watchers.delete(watcher);
  }
}
