// Who of those connected belongs to the swarm at this moment, and what each may reach: the one place that decides, for every connection
// and every stream, by the roster of that moment. Members are compared with before anything else is served on a connection; a device that
// holds nothing but the key reaches /axon/join/1; one that was removed is told so and cut off.
import type { Connection, Stream } from '@libp2p/interface';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { Trust } from '../membership/ports.ts';
import { joinProtocol } from './join-host.ts';
import { digestText } from './news-wire.ts';
import type { ConnectionKey } from './protector.ts';
import { rekeyProtocol, rosterExchange, rosterProtocol } from './roster-protocol.ts';
import { transportOf } from './transport.ts';

export const circlePace = {
  /** Connections of devices that hold nothing but the key; the oldest goes. */
  strangers: 16,
  /** For telling a removed device why, before it is cut off. */
  farewellMs: 200,
  /** A stream of a member waits so long for the rosters to be compared, or for a second opinion on that member. */
  patienceMs: 5000,
  /** Between two looks of such a stream; freshness may come by time alone. */
  lookMs: 50,
  /** Comparing again after it failed. */
  retryMinMs: 250,
  retryMaxMs: 10_000,
  /** A connection made with an old key is closed after the rekey, or after this. */
  rekeyMs: 8000,
} as const;

/** What a connection is good for. */
type Level = 'nothing' | 'rekey' | 'join' | 'compare' | 'all';

const ping = '/ipfs/ping/1.0.0';
const levels: Readonly<Record<string, readonly Level[]>> = {
  [ping]: ['rekey', 'join', 'compare', 'all'],
  [joinProtocol]: ['join', 'compare', 'all'],
  [rekeyProtocol]: ['rekey', 'compare', 'all'],
  [rosterProtocol]: ['compare', 'all'],
  '/ipfs/id/1.0.0': ['compare', 'all'],
  '/ipfs/id/push/1.0.0': ['compare', 'all'],
};
/** Of every other protocol, known or not. */
const served: readonly Level[] = ['all'];

type Line = {
  readonly connection: Connection;
  readonly peerId: PeerId;
  /** Made with a key that was old already. */
  readonly retired: boolean;
  /** The other side keeps it: see links.ts. */
  kept: boolean;
  compared: boolean;
  /** The other side took it for one with an old key: it is closed soon. */
  rekeyed: boolean;
  cut: boolean;
  /** Exchanges under way, ours and theirs. */
  running: number;
  again: boolean;
  retryMs: number;
  cancel: () => void;
  /** Of a retired one: whether both sides know the same keys now. */
  readonly rekey: PromiseWithResolvers<boolean>;
};

export type Circle = {
  /** Asked by libp2p once Noise has proven who is there. */
  denies(peerId: PeerId, transport: object): boolean;
  /** Asked before any handler is called, for any protocol. */
  admits(protocol: string, stream: Stream, connection: Connection): boolean | Promise<boolean>;
  /** False: made with an old key, and taken care of. */
  opened(connection: Connection): boolean;
  /** It stays: see links.ts. */
  kept(connection: Connection): void;
  /** Whether both sides of a connection made with an old key know the same keys now; undefined: it was not made with one. */
  rekeyed(connection: Connection): Promise<boolean> | undefined;
  /** The other side's turn to compare. */
  serve(stream: Stream, connection: Connection): Promise<void>;
  /** That member may be asked on this connection, and gets offers. */
  isReady(connection: Connection): boolean;
  /** Resolves when it is; rejects with the signal's reason. */
  whenReady(connection: Connection, signal: AbortSignal): Promise<void>;
  /** For one more stranger. */
  hasRoom(): boolean;
  /** Roster, keys, settings or freshness changed. */
  changed(): void;
  stop(): void;
};

export type CircleOptions = {
  trust: Trust;
  keyOf(transport: object): ConnectionKey | undefined;
  /** A member, on a connection where the rosters were compared. */
  ready(connection: Connection): void;
  /** No member any more. */
  left(peerId: PeerId): void;
  /** Brings our roster to a member that takes us for a stranger; true: it was taken. */
  introduce(connection: Connection): Promise<boolean>;
  clock: Clock;
  log: Log;
};

export function circle(options: CircleOptions): Circle {
  const { trust, clock } = options;
  const exchange = rosterExchange(options);
  const lines = new Map<Connection, Line>();
  /** What each peer knew when we last compared with it. */
  const known = new Map<PeerId, string>();
  const waiting = new Set<() => void>();

  const linesOf = (peerId: PeerId): Line[] => [...lines.values()].filter((line) => line.peerId === peerId);
  const levelOf = ({ connection, peerId, retired, compared, rekeyed, cut }: Line): Level => {
    const standing = trust.standing(peerId);
    if (standing === 'revoked' || cut || connection.status !== 'open') return 'nothing';
    if (retired) return standing === 'member' ? 'rekey' : 'nothing';
    if (standing === 'pending') return 'join';
    return compared && !rekeyed && trust.fresh(peerId) ? 'all' : 'compare';
  };
  const isReady = (line: Line): boolean =>
    line.kept &&
    line.compared &&
    !line.rekeyed &&
    !line.retired &&
    !line.cut &&
    line.connection.status === 'open' &&
    trust.standing(line.peerId) === 'member';
  const wake = (): void => {
    for (const look of waiting) look();
  };

  const settle = (line: Line): void => {
    if (isReady(line)) options.ready(line.connection);
    wake();
  };
  const compared = (line: Line): void => {
    known.set(line.peerId, digestText(trust.digest()));
    line.retryMs = circlePace.retryMinMs;
    if (line.retired) {
      // told when it is closed, or libp2p would take it for the new connection
      line.compared = true;
      close(line.connection);
      return;
    }
    trust.compared(line.peerId);
    if (line.compared || trust.standing(line.peerId) !== 'member') return;
    line.compared = true;
    settle(line);
  };

  /** Compares, when there is something to compare. One exchange at a time on a connection. */
  const compare = (line: Line): void => {
    line.cancel();
    const level = levelOf(line);
    if (level === 'nothing' || level === 'join' || line.rekeyed) return;
    if (line.compared && known.get(line.peerId) === digestText(trust.digest())) return;
    if (line.running > 0) {
      line.again = true;
      return;
    }
    line.running += 1;
    void exchange.run(line.connection, line.retired ? rekeyProtocol : rosterProtocol).then(async (outcome) => {
      line.running -= 1;
      if (outcome === 'compared') {
        compared(line);
        again(line);
        return;
      }
      if (outcome === 'unsupported') {
        strangeTo(line);
        return;
      }
      if (
        outcome === 'refused' &&
        !line.retired &&
        levelOf(line) === 'compare' &&
        trust.digest().swarm !== null &&
        (await options.introduce(line.connection))
      )
        compare(line);
      else {
        line.cancel = clock.after(line.retryMs, () => compare(line));
        line.retryMs = Math.min(line.retryMs * 2, circlePace.retryMaxMs);
      }
    });
  };
  /** What was put off while an exchange was under way. */
  const again = (line: Line): void => {
    if (!line.again || line.running > 0) return;
    line.again = false;
    compare(line);
  };
  /** Axon-Cluster has no roster, and is a member only where everyone with the key is one. It vouches for nobody. */
  const strangeTo = (line: Line): void => {
    if (!trust.host().open || line.compared) return;
    line.compared = true;
    known.set(line.peerId, digestText(trust.digest()));
    settle(line);
  };

  /** Its streams at once; the connection when it has heard why, or could have. */
  const cut = (line: Line, tell: boolean): void => {
    if (line.cut) return;
    line.cut = true;
    line.cancel();
    for (const stream of line.connection.streams) stream.abort(new Error('no member any more'));
    const end = (): void => line.connection.abort(new Error('no member any more'));
    if (!tell) return end();
    const cancel = clock.after(circlePace.farewellMs, end);
    void exchange.push(line.connection, trust.newsFor(line.peerId), circlePace.farewellMs).then(() => {
      cancel();
      end();
    });
  };
  const demote = (line: Line): void => {
    line.compared = false;
    for (const stream of line.connection.streams)
      // one without a protocol is only being opened: admits() judges it, if it is theirs
      if (stream.protocol !== '' && levels[stream.protocol]?.includes('join') !== true) stream.abort(new Error('not a member'));
  };

  /** Strangers take no room from members. A device that is a stranger itself has nothing to guard, and needs whoever can let it in. */
  const strangers = (): Line[] => [...lines.values()].filter((line) => levelOf(line) === 'join' && trust.application(line.peerId) === null);
  const limitStrangers = (): void => {
    for (const line of strangers().slice(0, -circlePace.strangers)) {
      line.cut = true;
      line.connection.abort(new Error('too many devices want in'));
    }
  };

  const look = (peerId: PeerId, all: readonly Line[]): void => {
    const standing = trust.standing(peerId);
    if (standing !== 'member') options.left(peerId);
    if (standing === 'revoked') {
      const speaking = all.find(({ kept, retired, rekeyed }) => kept && !retired && !rekeyed);
      for (const line of all) cut(line, line === speaking);
    } else if (standing === 'pending') {
      for (const line of all) {
        if (line.retired) cut(line, false);
        else demote(line);
      }
    } else {
      // what one connection tells the peer need not be told on the others
      const first = all.find(({ compared: done }) => done);
      for (const line of all) if (!line.compared || line === first) compare(line);
    }
  };

  const admitsNow = (line: Line, wanted: readonly Level[]): boolean => wanted.includes(levelOf(line));
  const patient = (line: Line, wanted: readonly Level[], stream: Stream): Promise<boolean> =>
    new Promise((resolve) => {
      const end = clock.now() + circlePace.patienceMs;
      let cancel: () => void = () => undefined;
      const check = (): void => {
        cancel();
        const open = stream.status === 'open' && levelOf(line) === 'compare' && clock.now() < end;
        if (!admitsNow(line, wanted) && open) {
          cancel = clock.after(circlePace.lookMs, check);
          return;
        }
        waiting.delete(check);
        resolve(stream.status === 'open' && admitsNow(line, wanted));
      };
      waiting.add(check);
      check();
    });

  return {
    denies(peerId, transport) {
      const standing = trust.standing(peerId);
      if (standing === 'revoked') return true;
      const key = options.keyOf(transport);
      // a connection whose key is not known was not made by our protector
      return key === undefined || (key.retired && standing !== 'member');
    },
    admits(protocol, stream, connection) {
      const line = lines.get(connection);
      if (line === undefined) return false;
      const wanted = levels[protocol] ?? served;
      return admitsNow(line, wanted) || (levelOf(line) === 'compare' && patient(line, wanted, stream));
    },
    opened(connection) {
      const retired = options.keyOf(transportOf(connection))?.retired !== false;
      const peerId = connection.remotePeer.toString();
      const line: Line = {
        ...{ connection, peerId, retired, kept: false, compared: false, rekeyed: false, cut: false, running: 0, again: false },
        retryMs: circlePace.retryMinMs,
        cancel: () => undefined,
        rekey: Promise.withResolvers<boolean>(),
      };
      lines.set(connection, line);
      connection.addEventListener('close', () => {
        line.cancel();
        line.rekey.resolve(line.compared);
        lines.delete(connection);
        if (linesOf(peerId).length === 0) known.delete(peerId);
        wake();
      });
      if (retired) {
        clock.after(circlePace.rekeyMs, () => connection.abort(new Error('made with an old key')));
        compare(line);
      }
      limitStrangers();
      return !retired;
    },
    kept(connection) {
      const line = lines.get(connection);
      if (line === undefined) return;
      line.kept = true;
      if (line.compared) settle(line);
      else if (trust.standing(line.peerId) === 'revoked') cut(line, false);
      else compare(line);
    },
    rekeyed(connection) {
      const line = lines.get(connection);
      return line?.retired === true ? line.rekey.promise : undefined;
    },
    async serve(stream, connection) {
      const line = lines.get(connection);
      if (line === undefined) return;
      if (stream.protocol === rekeyProtocol && !line.retired) {
        line.rekeyed = true;
        clock.after(circlePace.rekeyMs, () => connection.abort(new Error('an old key to the other side')));
      }
      line.running += 1;
      const done = await exchange.serve(stream, connection);
      line.running -= 1;
      if (!lines.has(connection)) return;
      if (done) compared(line);
      again(line);
    },
    isReady(connection) {
      const line = lines.get(connection);
      return line !== undefined && isReady(line);
    },
    whenReady(connection, signal) {
      const line = lines.get(connection);
      return new Promise((resolve, reject) => {
        const check = (): void => {
          if (line !== undefined && isReady(line)) finish(resolve);
          else if (signal.aborted) finish(() => reject(signal.reason as Error));
          else if (line === undefined || !lines.has(connection)) finish(() => reject(new Error('the connection is gone')));
        };
        const finish = (end: () => void): void => {
          waiting.delete(check);
          signal.removeEventListener('abort', check);
          end();
        };
        waiting.add(check);
        signal.addEventListener('abort', check);
        check();
      });
    },
    hasRoom: () => strangers().length < circlePace.strangers,
    changed() {
      const peers = new Map<PeerId, Line[]>();
      for (const line of lines.values()) peers.set(line.peerId, [...(peers.get(line.peerId) ?? []), line]);
      for (const [peerId, all] of peers) look(peerId, all);
      limitStrangers();
      wake();
    },
    stop() {
      for (const line of lines.values()) line.cancel();
    },
  };
}

function close(connection: Connection): void {
  connection.close({ signal: AbortSignal.timeout(1000) }).catch(() => connection.abort(new Error('not closed')));
}
