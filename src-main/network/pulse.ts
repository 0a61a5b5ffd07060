// Notices a silent connection. In place of libp2p's connection monitor, which waits for one ping whatever else comes in: it took up to 4.5 s
// when its adaptive timeout had grown, and mistakes a busy link for a dead one. Here every byte from the other side is a sign of life.
import type { Connection, Stream } from '@libp2p/interface';
import type { PeerId } from '../../src-shared/peer.ts';
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
  /**
   * All links without work share so many questions a second: each of 15 is asked every second, each of 300 every 20 s. Asking all of those
   * every second would take a machine that does nothing more than 5 % of a core. Nor does anybody ask one that has 300 more often.
   */
  asksPerSecond: 15,
} as const;

const pingProtocol = '/ipfs/ping/1.0.0';
const pingBytes = 32;

/**
 * Watches connections until they close; aborts one that is silent. Sets connection.rtt, ms.
 * linksOf: how many links the other side says it has, bounded; 0: unknown
 */
export function pulses(clock: Clock, linksOf: (peerId: PeerId) => number): (connection: Connection) => void {
  let watched = 0;
  const round = rounds(clock);
  /** How long a link may be quiet before it is asked; one that carries anything but pings is asked as if it were the only one, ms. */
  const restMs = ({ streams, remotePeer }: Connection): number =>
    streams.some(({ protocol }) => protocol !== pingProtocol)
      ? pulsePace.quietMs
      : Math.max(pulsePace.quietMs, (Math.max(watched, linksOf(remotePeer.toString())) * 1000) / pulsePace.asksPerSecond);

  return (connection) => {
    watched += 1;
    connection.addEventListener('close', () => (watched -= 1), { once: true });
    watchPulse(connection, clock, round, () => restMs(connection));
  };
}

type Rounds = { join(look: (slept: boolean) => void): void; leave(look: (slept: boolean) => void): void };

/** All links that rest are looked at together, every second: a timer for each of hundreds would wake the machine hundreds of times. */
function rounds(clock: Clock): Rounds {
  const looks = new Set<(slept: boolean) => void>();
  let cancel: (() => void) | undefined;
  const next = (): void => {
    const dueAt = clock.now() + pulsePace.quietMs;
    cancel = clock.after(pulsePace.quietMs, () => {
      const slept = clock.now() - dueAt > pulsePace.lateMs;
      cancel = undefined;
      for (const look of looks) look(slept);
      if (looks.size > 0) next();
    });
  };
  return {
    join(look) {
      looks.add(look);
      if (cancel === undefined) next();
    },
    leave(look) {
      looks.delete(look);
      if (looks.size > 0) return;
      cancel?.();
      cancel = undefined;
    },
  };
}

function watchPulse(connection: Connection, clock: Clock, round: Rounds, restMs: () => number): void {
  const transport = transportOf(connection);
  let heardAt = clock.now();
  let askedAt = Number.NEGATIVE_INFINITY;
  /** Since when a question waits for any sign of life; null: none does. */
  let waitsSince: number | null = null;
  let dueAt = heardAt;
  let cancel: () => void = () => undefined;

  const heard = (): void => {
    heardAt = clock.now();
    waitsSince = null;
  };
  const ping = pinger(connection, clock);
  const ask = (): void => {
    askedAt = clock.now();
    waitsSince ??= askedAt;
    void ping(pulsePace.goneMs).then((ms) => {
      if (ms !== null && ms > 0) connection.rtt = ms;
    });
  };
  const isDue = (now: number): boolean => {
    if (waitsSince !== null && now - heardAt >= pulsePace.quietMs) return now - askedAt >= pulsePace.quietMs;
    const rest = restMs();
    // where both sides rest, the question of one is the sign of life for both
    return now - heardAt >= rest || now - askedAt >= Math.max(pulsePace.measureMs, 2 * rest);
  };
  const look = (): void => {
    const now = clock.now();
    if (now - dueAt > pulsePace.lateMs) heard();
    const goneAt = (): number =>
      waitsSince === null ? Infinity : Math.max(waitsSince, heardAt + pulsePace.quietMs) + pulsePace.goneMs - pulsePace.quietMs;
    if (now >= goneAt()) {
      connection.abort(new Error('the other side fell silent'));
      return;
    }
    if (isDue(now)) ask();
    else if (waitsSince === null && restMs() > pulsePace.quietMs) {
      round.join(glance);
      cancel = () => round.leave(glance);
      return;
    }
    const isQuiet = now - heardAt >= pulsePace.quietMs;
    const asksAt = (waitsSince === null ? now : askedAt) + pulsePace.quietMs;
    dueAt = Math.max(isQuiet ? Math.min(asksAt, goneAt()) : heardAt + pulsePace.quietMs, now + 10);
    cancel = clock.after(dueAt - now, look);
  };

  /** At one that rests: work may have begun on it, too. */
  const glance = (slept: boolean): void => {
    if (slept) heard();
    if (!isDue(clock.now())) return;
    round.leave(glance);
    dueAt = clock.now();
    look();
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
    const line = await openLine(connection, clock, signal);
    const ms = await line.echo(signal);
    // closing is quieter than a reset, and the other side's ping handler ends with it
    if (ms !== null) void line.stream.close({ signal }).catch(() => line.stream.abort(new Error('ping over')));
    else line.stream.abort(new Error('no answer to a ping'));
    return ms;
  } catch (error) {
    return failed(error);
  }
}

/**
 * Round trips over a stream that stays open: opening one takes a negotiation, which costs both sides ten times what the ping does.
 * A stream that the other side closed meanwhile (stock libp2p does so after 10 s) is replaced.
 */
function pinger(connection: Connection, clock: Clock): (limitMs: number) => Promise<number | null> {
  let line: Line | undefined;
  return async (limitMs) => {
    const signal = AbortSignal.timeout(limitMs);
    try {
      for (;;) {
        const kept = line?.stream.status === 'open' ? line : undefined;
        const used = kept ?? (await openLine(connection, clock, signal));
        if (used !== line) line?.stream.abort(new Error('replaced'));
        line = used;
        const ms = await used.echo(signal);
        if (ms !== null) return ms;
        used.stream.abort(new Error('no answer to a ping'));
        // the other side may have closed an old one just when it was used
        if (kept === undefined || signal.aborted) return null;
      }
    } catch (error) {
      return failed(error);
    }
  };
}

function failed(error: unknown): 0 | null {
  return error instanceof Error && error.name === 'UnsupportedProtocolError' ? 0 : null;
}

type Line = { stream: Stream; echo(signal: AbortSignal): Promise<number | null> };

async function openLine(connection: Connection, clock: Clock, signal: AbortSignal): Promise<Line> {
  const stream = await connection.newStream(pingProtocol, { signal, maxOutboundStreams: 8 });
  let back = 0;
  let sent = 0;
  const waiting = new Set<() => void>();
  const look = (): void => waiting.forEach((one) => one());
  stream.addEventListener('message', ({ data }) => {
    back += data.byteLength;
    look();
  });
  stream.addEventListener('close', look);
  return {
    stream,
    async echo(limit) {
      const all = (sent += pingBytes);
      const sentAt = clock.now();
      const answered = await new Promise<boolean>((resolve) => {
        const end = (there: boolean): void => {
          waiting.delete(check);
          resolve(there);
        };
        const check = (): void => {
          if (back >= all) end(true);
          else if (stream.status !== 'open') end(false);
        };
        waiting.add(check);
        limit.addEventListener('abort', () => end(false), { once: true });
        stream.send(new Uint8Array(pingBytes));
      });
      return answered ? Math.round((clock.now() - sentAt) * 10) / 10 : null;
    },
  };
}
