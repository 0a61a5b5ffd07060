// Answers of conversations. The node writes them, whoever hears them: a window that goes away stops nothing, and the next one hears on.
import { randomUUID } from 'node:crypto';
import type { ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Clock, Log } from '../jobs/ports.ts';
import type { AskedOfStore } from '../store/conversations/conversations.ts';
import type { AnswerWriter } from '../store/conversations/writer.ts';
import { recorded, type Asking } from './asking.ts';
import type { ConversationNews, Face } from './conversation-news.ts';
import { liveAnswer, type LiveAnswer } from './live-answer.ts';
import type { UnheardTitles } from './unheard-titles.ts';

/** Whose call it is: each connection has a face of its own. gone: aborted when the connection ends, before what runs on it is. */
export type Facing = { face?: object; gone?: AbortSignal };

/** Where an answer is asked for. wait: it goes on by itself while nobody can give it. */
type Wished = { id: string; answerId: string; model?: string | undefined; peer?: string | undefined; wait: boolean };
/** shown: what is heard begins after so many characters of the answer; left out: after all that there are. hear: only where it is under way. */
type Resumed = Wished & { shown?: number | undefined; hear?: boolean | undefined };

type AnsweringOptions = {
  clock: Clock;
  log: Log;
  news: ConversationNews;
  ask: Asking['ask'];
  /** This machine is in a swarm, and on its network. */
  online: () => boolean;
  titles: UnheardTitles;
};

export type Answering = {
  /** As the contract's `send` and `continue`; one that is under way is heard, by however many. Whoever ends it ends it for all. */
  send(input: Wished & AskedOfStore, facing: Facing, signal: AbortSignal): AsyncGenerator<ChatChunk>;
  goOn(input: Resumed, facing: Facing, signal: AbortSignal): AsyncGenerator<ChatChunk>;
  /** Begins with the answers that are to go on by themselves and that nobody writes at. */
  takeUp(): void;
  /** That conversation was removed. */
  drop(id: string): void;
  /** This machine leaves its swarm: what was asked of that one's machines goes to no others. */
  leave(): void;
  /** The node stops: what ends now was not stopped by the person. */
  stop(): void;
};

export function answering({ clock, log, news, ask, online, titles }: AnsweringOptions): Answering {
  /** By the answer. */
  const live = new Map<string, { id: string; answer: LiveAnswer }>();
  const own = news.by(undefined);
  let stopping = false;

  const begin = (
    { id, answerId, wait }: Wished,
    request: ChatRequest,
    { peer, writer, text }: { peer: string | undefined; writer: AnswerWriter; text: string },
  ): LiveAnswer => {
    const answer = liveAnswer(text, (signal) =>
      recorded(
        ask(request, peer, signal, wait),
        writer,
        signal,
        () => clock.now(),
        () => (stopping ? 'interrupted' : 'stopped'),
      ),
    );
    live.set(answerId, { id, answer });
    void answer.ended.then((heard) => {
      live.delete(answerId);
      if (!heard) titles.want(id);
      titles.look(() => live.size > 0);
    });
    return answer;
  };
  const resume = (face: Face, input: Resumed): LiveAnswer => {
    const { id, answerId, shown, wait } = input;
    const wish = wait ? wishOf(input) : undefined;
    const { messages, parameters, text, answer, writer } = news.by(face).resume(id, answerId, shown, wish);
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
    return begin(input, request, { peer: answer.wish?.peer ?? input.peer, writer, text });
  };

  return {
    async *send(input, { face, gone }, signal) {
      const { id, answerId, model, peer, wait } = input;
      const wish = wait ? { wish: wishOf(input) } : {};
      const { messages, parameters, writer } = news.by(face).begin(id, { ...input, ...wish });
      const request = { id: answerId, conversation: id, messages, parameters, ...(model === undefined ? {} : { model }) };
      yield* begin(input, request, { peer, writer, text: '' }).hear({ from: 0, gone, signal });
    },
    async *goOn(input, { face, gone }, signal) {
      const underWay = live.get(input.answerId)?.answer;
      if (underWay === undefined && input.hear === true) throw new Failure('bad-request', 'Nobody writes at that answer.');
      const answer = underWay ?? resume(face, input);
      yield* answer.hear({ from: input.shown, gone, signal });
    },
    takeUp() {
      if (stopping || !online()) return;
      for (const { id, answerId } of own.waiting()) {
        if (live.has(answerId)) continue;
        try {
          resume(undefined, { id, answerId, wait: true });
        } catch (error) {
          // it waits for the next time; the node and the others do not
          log.warn('an answer that was to go on could not be opened', { reason: error instanceof Error ? error.message : String(error) });
        }
      }
    },
    drop(id) {
      for (const one of live.values()) if (one.id === id) one.answer.stop();
    },
    leave() {
      titles.forget();
      for (const { answer } of live.values()) answer.stop();
    },
    stop() {
      stopping = true;
      titles.stop();
      const why = new Failure('disconnected', 'The node stops.');
      for (const { answer } of live.values()) answer.stop(why);
    },
  };
}

function wishOf({ peer, model }: Pick<Wished, 'peer' | 'model'>): { peer?: string; model?: string } {
  return { ...(peer === undefined ? {} : { peer }), ...(model === undefined ? {} : { model }) };
}
