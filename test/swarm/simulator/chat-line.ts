// Answers over the simulated network: numbered chunks back, arrivals and Stop there, as network/'s chat wire; a link that breaks is a detach.
import type { ChatChunk, ChatRequest } from '../../../src-shared/chat.ts';
import { Failure, toFailure, type FailureShape } from '../../../src-shared/failure.ts';
import type { PeerId } from '../../../src-shared/peer.ts';
import type { HeldAnswers, HeldKey, HeldReader } from '../../../src-main/jobs/held-answers.ts';
import { TakenOver } from '../../../src-main/jobs/held-answers.ts';
import { LinkLost, type Line, type NumberedChunk } from '../../../src-main/swarm/resume.ts';
import type { Machine } from './machine.ts';
import type { Course, Link, Wires } from './wires.ts';

type Opening = { kind: 'ask'; request: ChatRequest } | { kind: 'resume'; key: HeldKey & { next: number } } | { kind: 'stop'; key: HeldKey };
type There = { kind: 'arrived'; below: number } | { kind: 'stop' } | { kind: 'over' };
type Back = { kind: 'chunk'; n: number; chunk: ChatChunk } | { kind: 'failure'; failure: FailureShape };

/** Arrivals are told for so many chunks at once. */
const tellEvery = 8;

export type ChatEnd = {
  /** A remote leader, for swarm/resume.ts. */
  line(to: PeerId): Line;
  /** This side found the connection broken. */
  lost(link: Link, epoch: number): void;
  /** This side has a new connection. */
  connected(link: Link): void;
  opened(id: number, link: Link, opening: Opening): void;
  heardThere(id: number, said: There): void;
  heardBack(id: number, said: Back): void;
  /** Streams of answers for others that are open. */
  incoming(): number;
};

export type ChatEndWorld = {
  machine: Machine;
  wires: Wires;
  held: HeldAnswers;
  /** The other machine's end, as it runs now. */
  end(peerId: PeerId): ChatEnd | undefined;
  isConnected(peerId: PeerId): boolean;
  /** Resolves when that member may be served, see membership/freshness.ts. */
  fresh(from: PeerId, signal: AbortSignal): Promise<void>;
  /** A chunk leaves for its asker. */
  sends(chunk: ChatChunk, to: PeerId): void;
};

let streams = 0;

export function chatEnd(world: ChatEndWorld): ChatEnd {
  const { machine, wires, held } = world;
  const out = new Map<number, { link: Link; epoch: number; push(said: Back | 'lost'): void }>();
  const incoming = new Map<number, { link: Link; epoch: number; gone: AbortController; reader?: HeldReader }>();
  const abandoned = new Map<PeerId, HeldKey[]>();
  const otherOf = (link: Link): Machine => (link.a === machine ? link.b : link.a);

  const serve = async (id: number, link: Link, opening: Exclude<Opening, { kind: 'stop' }>): Promise<void> => {
    const other = otherOf(link);
    const course: Course = { last: 0 };
    const stream: { link: Link; epoch: number; gone: AbortController; reader?: HeldReader } = {
      link,
      epoch: link.epoch,
      gone: new AbortController(),
    };
    incoming.set(id, stream);
    const back = (said: Back): void => wires.send(link, other, course, () => world.end(other.peerId)?.heardBack(id, said));
    const { signal } = stream.gone;
    try {
      await world.fresh(other.peerId, signal);
      const reader = opening.kind === 'ask' ? held.begin(opening.request, other.peerId) : held.resume(opening.key, other.peerId);
      stream.reader = reader;
      for (let entry = await reader.next(signal); entry !== undefined; entry = await reader.next(signal)) {
        if ('chunk' in entry) {
          world.sends(entry.chunk, other.peerId);
          back({ kind: 'chunk', n: entry.n, chunk: entry.chunk });
        } else back({ kind: 'failure', failure: entry.failure.toShape() });
      }
    } catch (error) {
      if (!signal.aborted && !(error instanceof TakenOver)) back({ kind: 'failure', failure: toFailure(error).toShape() });
    }
  };

  async function* stream(to: PeerId, opening: Opening, signal: AbortSignal): AsyncGenerator<NumberedChunk> {
    signal.throwIfAborted();
    if (!world.isConnected(to)) throw new Failure('not-reachable', 'The leader is not connected now.');
    const link = wires.link(machine.peerId, to);
    const other = otherOf(link);
    const id = (streams += 1);
    const course: Course = { last: 0 };
    const inbox: (Back | 'lost')[] = [];
    let wake = (): void => undefined;
    const push = (said: Back | 'lost'): void => {
      inbox.push(said);
      wake();
    };
    const there = (said: There): void => wires.send(link, other, course, () => world.end(to)?.heardThere(id, said));
    let over = false;
    const stopped = (): void => wake();
    out.set(id, { link, epoch: link.epoch, push });
    signal.addEventListener('abort', stopped, { once: true });
    try {
      wires.send(link, other, course, () => world.end(to)?.opened(id, link, opening));
      for (;;) {
        signal.throwIfAborted();
        const said = inbox.shift();
        if (said === undefined) await new Promise<void>((resolve) => void (wake = resolve));
        else if (said === 'lost') {
          over = true;
          throw new LinkLost('the link broke');
        } else if (said.kind === 'failure') {
          over = true;
          there({ kind: 'over' });
          throw toFailure(said.failure);
        } else {
          over = said.chunk.kind === 'done';
          if (over || said.n % tellEvery === 0) there({ kind: 'arrived', below: said.n + 1 });
          if (over) there({ kind: 'over' });
          yield { n: said.n, chunk: said.chunk };
          if (over) return;
        }
      }
    } finally {
      out.delete(id);
      signal.removeEventListener('abort', stopped);
      if (!over) there({ kind: 'stop' });
    }
  }

  const tellStop = (link: Link, key: HeldKey): void => {
    const other = otherOf(link);
    wires.send(link, other, { last: 0 }, () => world.end(other.peerId)?.opened(0, link, { kind: 'stop', key }));
  };

  return {
    line: (to) => ({
      ask: (request, signal) => stream(to, { kind: 'ask', request }, signal),
      resume: (key, signal) => stream(to, { kind: 'resume', key }, signal),
      abandon(key) {
        if (world.isConnected(to)) tellStop(wires.link(machine.peerId, to), key);
        else abandoned.set(to, [...(abandoned.get(to) ?? []), key]);
      },
    }),
    lost(link, epoch) {
      for (const one of [...out.values()]) if (one.link === link && one.epoch <= epoch) one.push('lost');
      for (const [id, one] of [...incoming]) {
        if (one.link !== link || one.epoch > epoch) continue;
        incoming.delete(id);
        one.gone.abort(new LinkLost('the link broke'));
        one.reader?.leave();
      }
    },
    connected(link) {
      const { peerId } = otherOf(link);
      for (const key of abandoned.get(peerId) ?? []) tellStop(link, key);
      abandoned.delete(peerId);
    },
    opened(id, link, opening) {
      if (opening.kind === 'stop') held.stop(opening.key, otherOf(link).peerId);
      else void serve(id, link, opening);
    },
    heardThere(id, said) {
      const stream = incoming.get(id);
      if (stream === undefined) return;
      if (said.kind === 'arrived') {
        stream.reader?.arrived(said.below);
        return;
      }
      incoming.delete(id);
      stream.gone.abort(new DOMException('the asker is done', 'AbortError'));
      if (said.kind === 'stop') stream.reader?.stop();
      else stream.reader?.leave();
    },
    heardBack: (id, said) => out.get(id)?.push(said),
    incoming: () => incoming.size,
  };
}
