// What the Electron main process and the node's process say to each other besides the control contract. Ports travel along.
import type { FailureShape } from '../src-shared/failure.ts';

export type ToNode =
  /** home: undefined for the standard folders. sealed: a key store answers seal messages. */
  | { kind: 'start'; home: string | undefined; sealed: boolean; mdns: boolean }
  /** Serve the control contract on the ports that come with this. */
  | { kind: 'port' }
  /** The machine woke, or its network changed. */
  | { kind: 'nudge' }
  | { kind: 'stop' }
  | { kind: 'sealed'; id: number; answer: { bytes: string } | { reason: string } };

export type FromNode =
  | { kind: 'started' }
  | { kind: 'failed'; failure: FailureShape }
  /** bytes: base64 */
  | { kind: 'seal'; id: number; what: 'seal' | 'open'; bytes: string };
