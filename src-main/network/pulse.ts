// Notices a silent connection. In place of libp2p's connection monitor, which waits for one ping whatever else comes in: it took up to 4.5 s
// when its adaptive timeout had grown, and mistakes a busy link for a dead one. Here every byte from the other side is a sign of life.
import type { Connection } from '@libp2p/interface';
import type { Clock } from '../jobs/ports.ts';
import { transportOf } from './transport.ts';

export const pulsePace = {
  /** Nothing heard for that long: ask. */
  quietMs: 1000,
  /** Asked twice by then, and still nothing: gone. The goal is 3 s. */
  goneMs: 2500,
  /** A round trip is measured this often even when there is traffic. */
  measureMs: 5000,
  /** A timer this late means that we were the ones who slept; the other side gets its time anew. */
  lateMs: 500,
} as const;

const pingProtocol = '/ipfs/ping/1.0.0';
const pingBytes = 32;

/** Watches until the connection closes; aborts it when it is silent. Sets connection.rtt, ms. */
export function watchPulse(connection: Connection, clock: Clock): void {
  const transport = transportOf(connection);
  let heardAt = clock.now();
  let askedAt = Number.NEGATIVE_INFINITY;
  let dueAt = heardAt;
  let cancel: () => void = () => undefined;

  const heard = (): void => {
    heardAt = clock.now();
  };
  const ask = (): void => {
    askedAt = clock.now();
    void roundTrip(connection, clock, pulsePace.goneMs).then((ms) => {
      if (ms !== null && ms > 0) connection.rtt = ms;
    });
  };
  const look = (): void => {
    const now = clock.now();
    if (now - dueAt > pulsePace.lateMs) heardAt = now;
    const quiet = now - heardAt;
    if (quiet >= pulsePace.goneMs) {
      connection.abort(new Error('the other side fell silent'));
      return;
    }
    if (now - askedAt >= (quiet >= pulsePace.quietMs ? pulsePace.quietMs : pulsePace.measureMs)) ask();
    const next =
      quiet >= pulsePace.quietMs ? Math.min(askedAt + pulsePace.quietMs, heardAt + pulsePace.goneMs) : heardAt + pulsePace.quietMs;
    dueAt = Math.max(next, now + 10);
    cancel = clock.after(dueAt - now, look);
  };

  transport.addEventListener('message', heard);
  connection.addEventListener('close', () => {
    cancel();
    transport.removeEventListener('message', heard);
  });
  cancel = clock.after(0, look);
}

/** ms until a ping came back on this very connection; 0: it does not speak ping, and said so. null: not within `limitMs`. */
export async function roundTrip(connection: Connection, clock: Clock, limitMs: number): Promise<number | null> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    const stream = await connection.newStream(pingProtocol, { signal, maxOutboundStreams: 8 });
    const sentAt = clock.now();
    const answered = await new Promise<boolean>((resolve) => {
      signal.addEventListener('abort', () => resolve(false), { once: true });
      stream.addEventListener('message', () => resolve(true), { once: true });
      stream.addEventListener('close', () => resolve(false), { once: true });
      stream.send(new Uint8Array(pingBytes));
    });
    const ms = Math.round((clock.now() - sentAt) * 10) / 10;
    // closing is quieter than a reset, and the other side's ping handler ends with it
    if (answered) void stream.close({ signal }).catch(() => stream.abort(new Error('ping over')));
    else stream.abort(new Error('no answer to a ping'));
    return answered ? ms : null;
  } catch (error) {
    return error instanceof Error && error.name === 'UnsupportedProtocolError' ? 0 : null;
  }
}
