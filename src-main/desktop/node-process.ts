// The node in a process of its own, and brought back when it dies. The window's port goes straight to it.
import process from 'node:process';
import { MessageChannelMain, utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron';
import type { SecretRequest } from '../../src-shared/control.ts';
import { Failure, toFailure, type FailureShape } from '../../src-shared/failure.ts';
import type { FromNode, ToNode } from '../node-messages.ts';
import { seal } from './seal.ts';

/** Pauses before the next start, ms; the last one holds. A node that ran for a minute starts over. */
const pauses = [100, 500, 1000, 2000];
const goodRunMs = 60_000;
/** A node that does not end by itself is ended: quit must leave nothing within 5 s. */
const stopMs = 3_500;

export type NodeProcess = {
  /** A fresh port to the node that runs now, or to the next one. */
  port(): MessagePortMain;
  /** After each (re)start: whoever holds a port needs a new one. */
  onStart(started: () => void): void;
  /** The node said why it cannot run. */
  onFailed(failed: (failure: FailureShape) => void): void;
  /** The command line asks for the window, or for its going away. */
  onToggle(toggled: () => void): void;
  nudge(): void;
  /** What the page must not see. Fails with the node's failure, or disconnected when the node went away. */
  secret(request: SecretRequest): Promise<string>;
  stop(): Promise<void>;
  pid(): number | undefined;
};

export type NodeProcessOptions = { entry: string; home: string | undefined; mdns: boolean; sealed: boolean };

export function nodeProcess(options: NodeProcessOptions): NodeProcess {
  const started: (() => void)[] = [];
  const failed: ((failure: FailureShape) => void)[] = [];
  const toggled: (() => void)[] = [];
  let child: UtilityProcess;
  let attempts = 0;
  let stopping = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const asked = new Map<number, { told(text: string): void; failed(failure: Failure): void }>();
  let lastAsked = 0;

  const send = (message: ToNode, ports: MessagePortMain[] = []): void => child.postMessage(message, ports);

  const hear = (from: UtilityProcess, message: FromNode): void => {
    if (message.kind === 'toggle') for (const tell of toggled) tell();
    if (message.kind === 'failed') for (const tell of failed) tell(message.failure);
    if (message.kind === 'secret') {
      const { answer, id } = message;
      if ('text' in answer) asked.get(id)?.told(answer.text);
      else asked.get(id)?.failed(toFailure(answer.failure));
      asked.delete(id);
    }
    if (message.kind !== 'seal') return;
    seal(message.what, message.bytes).then(
      (bytes) => from.postMessage({ kind: 'sealed', id: message.id, answer: { bytes } } satisfies ToNode),
      (error: unknown) => from.postMessage({ kind: 'sealed', id: message.id, answer: { reason: String(error) } } satisfies ToNode),
    );
  };
  const start = (): UtilityProcess => {
    const born = Date.now();
    const made = utilityProcess.fork(options.entry, [], { serviceName: 'Axon node', stdio: 'inherit' });
    made.on('message', (message: FromNode) => hear(made, message));
    made.on('exit', () => {
      for (const one of asked.values()) one.failed(new Failure('disconnected', 'The node went away.'));
      asked.clear();
      if (stopping) return;
      if (Date.now() - born > goodRunMs) attempts = 0;
      const pause = pauses[Math.min(attempts, pauses.length - 1)] ?? 2000;
      attempts += 1;
      timer = setTimeout(() => {
        child = start();
        for (const tell of started) tell();
      }, pause);
    });
    made.postMessage({ kind: 'start', home: options.home, sealed: options.sealed, mdns: options.mdns } satisfies ToNode);
    return made;
  };
  child = start();

  return {
    port() {
      const { port1, port2 } = new MessageChannelMain();
      send({ kind: 'port' }, [port2]);
      return port1;
    },
    onStart: (tell) => void started.push(tell),
    onFailed: (tell) => void failed.push(tell),
    onToggle: (tell) => void toggled.push(tell),
    nudge: () => send({ kind: 'nudge' }),
    secret: (request) =>
      new Promise((told, failed) => {
        lastAsked += 1;
        asked.set(lastAsked, { told, failed });
        send({ kind: 'secret', id: lastAsked, request });
      }),
    pid: () => child.pid,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      if (child.pid === undefined) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      send({ kind: 'stop' });
      const { pid } = child;
      // not child.kill(): it asks first, and a node that hangs does not listen; together that took 5.7 s
      const forced = setTimeout(() => process.kill(pid, 'SIGKILL'), stopMs);
      await gone;
      clearTimeout(forced);
    },
  };
}
