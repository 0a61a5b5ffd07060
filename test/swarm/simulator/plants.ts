// Faults planted into the shipping code, one for each rule: the simulator has to find every one of them.
import type { ChatChunk } from '../../../src-shared/chat.ts';
import { Failure } from '../../../src-shared/failure.ts';
import type { PeerId } from '../../../src-shared/peer.ts';
import type { ServedChat } from '../../../src-main/jobs/ports.ts';
import { place } from '../../../src-main/swarm/placement.ts';
import type { Rule } from './invariants.ts';
import { shippingParts as shipping, type Parts } from './peer.ts';
import { scenario, type Scenario } from './scenario.ts';
import type { SimulateOptions } from './simulate.ts';

/** of: where it shows soon; otherwise any small swarm will do */
export type Plant = { name: string; rule: Rule; of?: (seed: number) => Scenario; plant: () => Pick<SimulateOptions, 'parts' | 'place'> };

/** What the asker sees, changed. */
function shown(change: (chunk: ChatChunk, count: number) => ChatChunk[]): { parts: Partial<Parts> } {
  return {
    parts: {
      swarmChat: (options) => {
        const chat = shipping.swarmChat(options);
        return async function* changed(request, signal) {
          let texts = 0;
          for await (const chunk of chat(request, signal)) {
            if (chunk.kind === 'text') texts += 1;
            yield* change(chunk, texts);
          }
        };
      },
    },
  };
}

/** A line before the real one that serves whoever had the most, and takes everybody. */
function greedy(chat: ServedChat, slots: number): ServedChat {
  const had = new Map<PeerId, number>();
  const line: { from: PeerId; go: () => void }[] = [];
  let running = 0;
  const next = (): void => {
    while (running < slots && line.length > 0) {
      const best = line.toSorted((a, b) => (had.get(b.from) ?? 0) - (had.get(a.from) ?? 0))[0];
      if (best === undefined) return;
      line.splice(line.indexOf(best), 1);
      had.set(best.from, (had.get(best.from) ?? 0) + 1);
      running += 1;
      best.go();
    }
  };
  return async function* served(request, signal, from) {
    const turn = Promise.withResolvers<void>();
    line.push({ from, go: turn.resolve });
    yield { kind: 'queued', position: line.length };
    next();
    await turn.promise;
    try {
      yield* chat(request, signal, from);
    } finally {
      running -= 1;
      next();
    }
  };
}

function withLine(line: (chat: ServedChat) => ServedChat): { parts: Partial<Parts> } {
  return {
    parts: {
      leading: (options) => {
        const real = shipping.leading(options);
        const admission = { ...real.admission, chat: line(real.admission.chat) };
        return { ...real, admission, engine: real.engine, models: real.models };
      },
    },
  };
}

const crowded = (seed: number): Scenario =>
  scenario(seed, { nodes: 3, members: 3, minutes: 0.5, questionsPerMinute: 6, bursts: 0.6, faultsPerHour: 0 });

export const plants: readonly Plant[] = [
  {
    name: 'a token is shown twice',
    rule: 'text',
    plant: () => shown((chunk, count) => (chunk.kind === 'text' && count === 4 ? [chunk, chunk] : [chunk])),
  },
  { name: 'a token is lost', rule: 'text', plant: () => shown((chunk, count) => (chunk.kind === 'text' && count === 3 ? [] : [chunk])) },
  {
    name: 'nobody goes on with an answer that lost its leader',
    rule: 'lost',
    plant: () =>
      shown((chunk) => {
        if (chunk.kind === 'seam') throw new Failure(chunk.code, 'The leader was lost.');
        return [chunk];
      }),
  },
  {
    name: 'a failure is waited out for ever',
    rule: 'endless',
    plant: () => ({
      parts: {
        swarmChat: (options) => {
          const chat = shipping.swarmChat(options);
          return async function* endless(request, signal) {
            try {
              yield* chat(request, signal);
            } catch {
              await new Promise(() => undefined);
            }
          };
        },
      },
    }),
  },
  {
    name: 'an answer whose asker left is kept for ever',
    rule: 'leak',
    plant: () => ({
      parts: {
        heldAnswers: (options) => {
          const real = shipping.heldAnswers(options);
          const leaking = <R extends { leave(): void; stop(): void }>(reader: R): R => ({
            ...reader,
            leave: () => undefined,
            stop: () => undefined,
          });
          return { ...real, begin: (request, from) => leaking(real.begin(request, from)) };
        },
      },
    }),
  },
  { name: 'whoever had most is served first', rule: 'starved', of: crowded, plant: () => withLine((chat) => greedy(chat, 1)) },
  { name: 'a line without an end', rule: 'queue', of: crowded, plant: () => withLine((chat) => greedy(chat, 1)) },
  {
    name: 'the first in the list is chosen',
    rule: 'placement',
    plant: () => ({
      place: (request, candidates, options) => {
        const [first] = candidates;
        return {
          ...place(request, candidates, options),
          ...(first === undefined ? {} : { leader: { peerId: first.peerId, name: first.name } }),
        };
      },
    }),
  },
  { name: 'a removed member is served', rule: 'removed', plant: () => ({ parts: { refusal: () => null } }) },
  {
    name: 'the next leader is told a shorter text than was shown',
    rule: 'engine',
    plant: () => ({
      parts: {
        swarmChat: (options) =>
          shipping.swarmChat({
            ...options,
            remote(peerId, { continued, ...request }, signal) {
              const shorter = continued === undefined ? {} : { continued: { text: continued.text.slice(0, -1) || ' ' } };
              return options.remote(peerId, { ...request, ...shorter }, signal);
            },
          }),
      },
    }),
  },
];
