// What the Electron main process and the node's process say to each other besides the control contract. Ports travel along.
import type { SecretRequest } from '../src-shared/control.ts';
import type { FailureShape } from '../src-shared/failure.ts';

export type ToNode =
  /** home: undefined for the standard folders. sealed: a key store answers seal messages. */
  | { kind: 'start'; home: string | undefined; sealed: boolean; mdns: boolean }
  /** Serve the control contract on the ports that come with this. */
  | { kind: 'port' }
  /** The machine woke, or its network changed. */
  | { kind: 'nudge' }
  | { kind: 'stop' }
  /** Only the main process is told secrets; it writes them where the person says. */
  | { kind: 'secret'; id: number; request: SecretRequest }
  | { kind: 'sealed'; id: number; answer: { bytes: string } | { reason: string } };

export type FromNode =
  | { kind: 'started' }
  /** `axon toggle` */
  | { kind: 'toggle' }
  | { kind: 'failed'; failure: FailureShape }
  | { kind: 'secret'; id: number; answer: { text: string } | { failure: FailureShape } }
  /** bytes: base64 */
  | { kind: 'seal'; id: number; what: 'seal' | 'open'; bytes: string };
