// Answers of conversations: those that a window hears, and those that the person wants to go on by themselves while no window does.
import { randomUUID } from 'node:crypto';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { Clock } from '../jobs/ports.ts';
import type { AskedOfStore } from '../store/conversations/conversations.ts';
import type { AnswerWriter } from '../store/conversations/writer.ts';
import { recorded, type Asking } from './asking.ts';
import type { ConversationNews, Face } from './conversation-news.ts';

/** Whose call it is: each connection has a face of its own. gone: aborted when the connection ends, before what runs on it is. */
export type Facing = { face?: object; gone?: AbortSignal };

/** Where an answer is asked for. wait: it goes on by itself while nobody can give it. */
type Wished = { id: string; answerId: string; model?: string | undefined; peer?: string | undefined; wait: boolean };

type AnsweringOptions = {
  clock: Clock;
  news: ConversationNews;
  ask: Asking['ask'];
  /** This machine is in a swarm, and on its network. */
  online: () => boolean;
};

export type Answering = {
  /** As the contract's `send` and `continue`. */
  send(input: Wished & AskedOfStore, facing: Facing, signal: AbortSignal): AsyncGenerator<ChatChunk>;
  goOn(input: Wished & { shown?: number | undefined }, facing: Facing, signal: AbortSignal): AsyncGenerator<ChatChunk>;
  /** Begins with the answers that are to go on by themselves and that nobody writes at. */
  takeUp(): void;
  /** That conversation was removed. */
  drop(id: string): void;
  /** The node stops: what ends now was not stopped by the person. */
  stop(): void;
};

export function answering({ clock, news, ask, online }: AnsweringOptions): Answering {
  /** Those that no window hears, by the answer. */
  const alone = new Map<string, { id: string; stop: AbortController; ended: Promise<void> }>();
  const own = news.by(undefined);
  let stopping = false;
  const now = (): number => clock.now();

  const begin = (id: string, answerId: string): void => {
    const stop = new AbortController();
    const chunks = resumed(undefined, { id, answerId, wait: true }, stop.signal, () => 'interrupted');
    const ended = drained(chunks).finally(() => alone.delete(answerId));
    alone.set(answerId, { id, stop, ended });
  };
  const takeUp = (): void => {
    if (stopping || !online()) return;
    for (const { id, answerId } of own.waiting()) if (!alone.has(answerId)) begin(id, answerId);
  };
  /** A window hears it from now on. */
  const handOver = async (answerId: string): Promise<void> => {
    const run = alone.get(answerId);
    run?.stop.abort();
    await run?.ended;
  };

  async function* resumed(
    face: Face,
    { id, answerId, model, peer, wait, shown }: Wished & { shown?: number | undefined },
    signal: AbortSignal,
    left: () => 'stopped' | 'interrupted',
  ): AsyncGenerator<ChatChunk> {
    const { messages, parameters, text, answer, writer } = news
      .by(face)
      .resume(id, answerId, shown, wait ? wishOf({ model, peer }) : undefined);
    const wanted = answer.model ?? answer.wish?.model;
    const request = {
      // leaders may still hold what they wrote for the old one
      id: randomUUID(),
      conversation: id,
      messages,
      parameters,
      ...(wanted === undefined ? {} : { model: wanted }),
      ...(text === '' ? {} : { continued: { text } }),
    };
    yield* written(request, { peer: answer.wish?.peer ?? peer, wait }, writer, signal, left);
  }

  const written = (
    request: ChatRequest,
    { peer, wait }: Pick<Wished, 'peer' | 'wait'>,
    writer: AnswerWriter,
    signal: AbortSignal,
    left: () => 'stopped' | 'interrupted',
  ): AsyncGenerator<ChatChunk> => recorded(ask(request, peer, signal, wait), writer, signal, now, left);

  /** Heard by a window. When that goes away, what is to go on by itself does. */
  async function* heard(
    { gone }: Facing,
    wait: boolean,
    chunks: (left: () => 'stopped' | 'interrupted') => AsyncGenerator<ChatChunk>,
  ): AsyncGenerator<ChatChunk> {
    try {
      yield* chunks(() => (stopping || gone?.aborted === true ? 'interrupted' : 'stopped'));
    } finally {
      if (wait && gone?.aborted === true) takeUp();
    }
  }

  return {
    send: (input, facing, signal) =>
      heard(facing, input.wait, async function* (left) {
        const { id, answerId, model, peer, wait } = input;
        const wish = wait ? { wish: wishOf(input) } : {};
        const { messages, parameters, writer } = news.by(facing.face).begin(id, { ...input, ...wish });
        const request = { id: answerId, conversation: id, messages, parameters, ...(model === undefined ? {} : { model }) };
        yield* written(request, { peer, wait }, writer, signal, left);
      }),
    goOn: (input, facing, signal) =>
      heard(facing, input.wait, async function* (left) {
        await handOver(input.answerId);
        yield* resumed(facing.face, input, signal, left);
      }),
    takeUp,
    drop(id) {
      for (const run of alone.values()) if (run.id === id) run.stop.abort();
    },
    stop() {
      stopping = true;
      for (const { stop } of alone.values()) stop.abort();
    },
  };
}

function wishOf({ peer, model }: Pick<Wished, 'peer' | 'model'>): { peer?: string; model?: string } {
  return { ...(peer === undefined ? {} : { peer }), ...(model === undefined ? {} : { model }) };
}

/** How it ended is stored. */
async function drained(chunks: AsyncIterable<ChatChunk>): Promise<void> {
  try {
    for await (const chunk of chunks) void chunk;
  } catch {
    // as with one that a window hears
  }
}
