// The host's side of /axon/join/1, the one protocol that a device with nothing but the key reaches: small frames, one stream a device, one
// request in ten seconds. What becomes of a request is for Trust.admit to say, that is for a person or an invite.
import type { Connection, Stream } from '@libp2p/interface';
import { dropOldest } from '../../src-shared/drop-oldest.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { Trust } from '../membership/ports.ts';
import { joinFrameBytes, lastWord, parseKnock, parseReveal, waitBeatMs, type Elsewhere, type HostSays, type Knock } from './encounter.ts';
import { jsonFrame } from './frames.ts';
import { newsWire, readNews, sendNews } from './news-wire.ts';
import { frameReader, send, type FrameReader } from './stream-io.ts';
import { keepsTo, newNonce, wordsOf } from './words.ts';

export const joinProtocol = '/axon/join/1';

export const joinWire = {
  /** On one connection; of one peer only one is served. */
  streams: 2,
  /** For a frame that the joiner's program (not its person) has to send. */
  frameMs: 10_000,
  /** Between two requests of one peer. */
  pauseMs: 10_000,
  /** Devices that wait for a decision at the same time. */
  applicants: 16,
  stallMs: 5000,
} as const;

export type JoinHostOptions = {
  self: PeerId;
  trust: Trust;
  /** Where that peer can be dialled, as far as this node is connected to it. */
  addressesOf(peerId: PeerId): string[];
  /** That peer was a stranger and brought a roster; it may be none now. */
  introduced(peerId: PeerId): void;
  clock: Clock;
  log: Log;
};

type Ask = Extract<Knock, { ask: unknown }>['ask'];

/** Serves one stream after another. Never throws. */
export function joinHost(options: JoinHostOptions): (stream: Stream, connection: Connection) => Promise<void> {
  const { clock, log } = options;
  const serving = new Set<PeerId>();
  const waiting = new Set<PeerId>();
  const tooSoon = { ask: pauses(clock), introduce: pauses(clock) };

  const serve = async (stream: Stream, peerId: PeerId, reader: FrameReader, limit: { bytes: number }): Promise<void> => {
    const say = (words: HostSays): Promise<void> => send(stream, jsonFrame(words), clock, joinWire.stallMs);
    const knock = parseKnock(await soon(reader, stream, clock));
    const host = options.trust.host();
    // sending it on costs nobody's attention; and each start of a short-lived program asks anew. An invite is heard by an open host too
    if ('ask' in knock && (!host.admin || (host.open && knock.ask.token === undefined))) return say({ elsewhere: elsewhere(options) });
    const later = 'ask' in knock ? tooSoon.ask(peerId) : tooSoon.introduce(peerId);
    if (later > 0) return say({ later });
    if ('introduce' in knock) {
      limit.bytes = newsWire.frameBytes;
      const cancel = clock.after(joinWire.frameMs, () => stream.abort(new Error('no news in time')));
      const news = await readNews(reader).finally(cancel);
      // statements prove themselves; keys are taken from members only
      if (news !== null) await options.trust.take(peerId, { statements: news.statements, keys: [] });
      await say({ taken: true });
      options.introduced(peerId);
      return;
    }
    if (waiting.size >= joinWire.applicants) return say({ later: joinWire.pauseMs });
    waiting.add(peerId);
    try {
      await decide(stream, peerId, reader, knock.ask, options, say);
    } finally {
      waiting.delete(peerId);
    }
  };

  return async (stream, connection) => {
    const peerId = connection.remotePeer.toString();
    const limit = { bytes: joinFrameBytes as number };
    const reader = frameReader(stream, clock, { limit: () => limit.bytes });
    if (serving.has(peerId)) return stream.abort(new Error('one request at a time'));
    serving.add(peerId);
    try {
      await serve(stream, peerId, reader, limit);
      await stream.close({ signal: AbortSignal.timeout(joinWire.stallMs) });
    } catch (error) {
      log.debug('a joining ended early', { peer: peerId, error: error instanceof Error ? error.name : 'unknown' });
      stream.abort(error instanceof Error ? error : new Error('joining failed'));
    } finally {
      serving.delete(peerId);
    }
  };
}

/** Words on both sides, then a person or an invite decides. */
async function decide(
  stream: Stream,
  peerId: PeerId,
  reader: FrameReader,
  ask: Ask,
  { self, trust, clock }: JoinHostOptions,
  say: (words: HostSays) => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort(new DOMException('the device went away', 'AbortError'));
  stream.addEventListener('close', leave);
  stream.addEventListener('end', leave);
  let stopBeat: () => void = () => undefined;
  try {
    const hostNonce = newNonce();
    const { swarm } = trust.digest();
    if (swarm === null) throw new Failure('internal', 'An admin without a roster.');
    await say({ nonce: hostNonce, name: trust.host().name, swarm });
    const { nonce } = parseReveal(await soon(reader, stream, clock));
    if (!keepsTo(ask.commitment, nonce)) throw new Failure('bad-request', 'The number is not the one that was promised.');
    const words = wordsOf({ swarm, joiner: peerId, host: self, joinerNonce: nonce, hostNonce });
    const beat = (): void => {
      stopBeat = clock.after(waitBeatMs, beat);
      if (stream.status === 'open' && !stream.writableNeedsDrain) stream.send(jsonFrame({ wait: true } satisfies HostSays));
    };
    beat();
    const by = ask.token === undefined ? ({ by: 'key', words } as const) : ({ by: 'invite', words: '', token: ask.token } as const);
    const answer = await trust.admit({ peerId, name: ask.name, ...by }, gone.signal);
    stopBeat();
    await say(lastWord(answer, []));
    if (answer.kind === 'welcome') await sendNews(stream, answer.news, clock);
  } finally {
    stopBeat();
    stream.removeEventListener('end', leave);
    stream.removeEventListener('close', leave);
    leave();
  }
}

/** As many admins as one frame takes. */
function elsewhere({ trust, addressesOf }: JoinHostOptions): Elsewhere {
  const { name, open, admins } = trust.host();
  const all = admins.slice(0, 16).map((admin) => ({
    ...admin,
    addresses: addressesOf(admin.peerId)
      .filter((text) => text.length <= 200)
      .slice(0, 3),
  }));
  const told: Elsewhere = { name, open, admins: [] };
  // the connected ones first: the others are only names
  for (const admin of all.toSorted((a, b) => Math.sign(b.addresses.length) - Math.sign(a.addresses.length))) {
    const more = { ...told, admins: [...told.admins, { peerId: admin.peerId, name: admin.name, addresses: admin.addresses }] };
    if (Buffer.byteLength(JSON.stringify({ elsewhere: more })) > joinFrameBytes) break;
    told.admins = more.admins;
  }
  return told;
}

async function soon(reader: FrameReader, stream: Stream, clock: Clock): Promise<Uint8Array> {
  const cancel = clock.after(joinWire.frameMs, () => stream.abort(new Error('no frame in time')));
  const body = await reader.next().finally(cancel);
  if (body === null) throw new Failure('bad-request', 'The joining broke off.');
  return body;
}

/** ms until that peer may ask again; 0: it may, and that counts. */
function pauses(clock: Clock): (peerId: PeerId) => number {
  const last = new Map<PeerId, number>();
  return (peerId) => {
    const now = clock.now();
    const left = (last.get(peerId) ?? Number.NEGATIVE_INFINITY) + joinWire.pauseMs - now;
    if (left > 0) return Math.ceil(left);
    last.delete(peerId);
    last.set(peerId, now);
    dropOldest(last, 256);
    return 0;
  };
}
