// Bounded, and fair between members: who waits, who holds a slot, who is refused.
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { turns } from './fair-line.ts';
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

type Ticket = { readonly from: PeerId; notify: () => void; state: 'waiting' | 'granted' | { refused: Failure } };

/** Wraps an engine's chat: `queued` chunks while in line, then a lease on a slot, given back on every way out. */
export function admission(options: AdmissionOptions): Admission {
  const maxWaiting = options.maxWaiting ?? defaultMaxWaiting;
  /** In order of arrival. */
  const line: Ticket[] = [];
  const turn = turns();
  const idle: (() => void)[] = [];
  let running = 0;
  let draining = false;

  const grant = (): void => {
    while (line.length > 0 && running < options.slots()) {
      const [next] = turn.order(line);
      if (next === undefined) break;
      line.splice(line.indexOf(next), 1);
      running += 1;
      turn.took(next.from);
      next.state = 'granted';
      next.notify();
    }
    turn.keep(line);
    for (const ticket of line) ticket.notify();
    options.changed();
  };
  const release = ({ from }: Ticket): void => {
    running -= 1;
    turn.gave(from);
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
  const refuse = (ticket: Ticket, why: Failure): void => {
    ticket.state = { refused: why };
    ticket.notify();
  };
  const enter = (from: PeerId): Ticket => {
    if (draining) throw new Failure('draining', 'This leader stops leading and takes no new questions.');
    if (running >= options.slots() && line.length >= maxWaiting) {
      const full = new Failure('queue-full', `All slots are taken and ${line.length} questions wait.`);
      const other = turn.makesWay(line, from);
      if (other === undefined) throw full;
      line.splice(line.indexOf(other), 1);
      refuse(other, full);
    }
    const ticket: Ticket = { from, notify: () => {}, state: 'waiting' };
    line.push(ticket);
    grant();
    return ticket;
  };

  /** Yields the position each time it changes; returns when the lease is granted. */
  async function* wait(ticket: Ticket, signal: AbortSignal): AsyncGenerator<ChatChunk> {
    let told = 0;
    while (ticket.state === 'waiting') {
      const position = turn.order(line).indexOf(ticket) + 1;
      if (position !== told) {
        told = position;
        yield { kind: 'queued', position };
        continue;
      }
      await changeOf(ticket, signal);
    }
    if (ticket.state !== 'granted') throw ticket.state.refused;
  }

  async function* chat(request: ChatRequest, signal: AbortSignal, from: PeerId): AsyncGenerator<ChatChunk> {
    signal.throwIfAborted();
    const ticket = enter(from);
    try {
      yield* wait(ticket, signal);
      signal.throwIfAborted();
      yield* options.chat(request, signal);
    } finally {
      if (ticket.state === 'granted') release(ticket);
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
      for (const ticket of line.splice(0)) refuse(ticket, new Failure('draining', 'This leader stops leading and takes no new questions.'));
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
