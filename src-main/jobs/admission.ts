// First in, first out, bounded: who waits, who holds a slot, who is refused. Fairness between members comes later.
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { ServedChat } from './ports.ts';

/** Jobs that may wait per slot-owning engine; reliability note, fault 12: a bounded queue of 16 per leader. */
export const defaultMaxWaiting = 16;

export type AdmissionOptions = {
  chat: Chat;
  /** Slots of the engine now; asked each time, since a loaded model can change it. */
  slots: () => number;
  maxWaiting?: number;
  /** Called after each change of running() or waiting(). */
  changed: () => void;
};

export type Admission = {
  readonly chat: ServedChat;
  running(): number;
  waiting(): number;
  readonly maxWaiting: number;
  /** New jobs fail with `draining`, those in line too; running ones finish. Resolves when none runs. */
  drain(): Promise<void>;
  /** Admits again after drain(). */
  resume(): void;
  /** The slots may have grown: grants leases to whoever waits. */
  recheck(): void;
};

type Ticket = { notify: () => void; state: 'waiting' | 'granted' | 'refused' };

/** Wraps an engine's chat: `queued` chunks while in line, then a lease on a slot, given back on every way out. */
export function admission(options: AdmissionOptions): Admission {
  const maxWaiting = options.maxWaiting ?? defaultMaxWaiting;
  const line: Ticket[] = [];
  const idle: (() => void)[] = [];
  let running = 0;
  let draining = false;

  const grant = (): void => {
    while (line.length > 0 && running < options.slots()) {
      const next = line.shift();
      if (next === undefined) break;
      running += 1;
      next.state = 'granted';
      next.notify();
    }
    for (const ticket of line) ticket.notify();
    options.changed();
  };
  const release = (): void => {
    running -= 1;
    if (running === 0) for (const done of idle.splice(0)) done();
    grant();
  };
  const leave = (ticket: Ticket): void => {
    const place = line.indexOf(ticket);
    if (place >= 0) {
      line.splice(place, 1);
      grant();
    }
  };
  const enter = (): Ticket => {
    if (draining) throw new Failure('draining', 'This leader stops leading and takes no new questions.');
    if (running >= options.slots() && line.length >= maxWaiting)
      throw new Failure('queue-full', `All slots are taken and ${line.length} questions wait.`);
    const ticket: Ticket = { notify: () => {}, state: 'waiting' };
    line.push(ticket);
    grant();
    return ticket;
  };

  /** Yields the position each time it changes; returns when the lease is granted. */
  async function* wait(ticket: Ticket, signal: AbortSignal): AsyncGenerator<ChatChunk> {
    let told = 0;
    while (ticket.state === 'waiting') {
      const position = line.indexOf(ticket) + 1;
      if (position !== told) {
        told = position;
        yield { kind: 'queued', position };
        continue;
      }
      await changeOf(ticket, signal);
    }
    if (ticket.state === 'refused') throw new Failure('draining', 'This leader stops leading and takes no new questions.');
  }

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk> {
    signal.throwIfAborted();
    const ticket = enter();
    try {
      yield* wait(ticket, signal);
      signal.throwIfAborted();
      yield* options.chat(request, signal);
    } finally {
      if (ticket.state === 'granted') release();
      else leave(ticket);
    }
  }

  return {
    chat,
    maxWaiting,
    running: () => running,
    waiting: () => line.length,
    drain: () => {
      draining = true;
      for (const ticket of line.splice(0)) {
        ticket.state = 'refused';
        ticket.notify();
      }
      options.changed();
      return running === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },
    resume: () => {
      draining = false;
      options.changed();
    },
    recheck: grant,
  };
}

/** Resolves at the ticket's next change; rejects when the signal aborts. */
function changeOf(ticket: Ticket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      ticket.notify = () => {};
      reject(signal.reason);
    };
    ticket.notify = () => {
      signal.removeEventListener('abort', aborted);
      resolve();
    };
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
  });
}
