import { expect, test } from 'vitest';
import type { ChatRequest } from '../../src-shared/chat.ts';
import { Failure } from '../../src-shared/failure.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import type { Conversations } from '../store/conversations/conversations.ts';
import type { AnswerWriter } from '../store/conversations/writer.ts';
import type { Log } from '../jobs/ports.ts';
import { answering } from './answering.ts';

/** Conversations of which two wait for an answer, and the first cannot be opened. */
function waiting() {
  const asked: ChatRequest[] = [];
  const warned: string[] = [];
  const writer: AnswerWriter = {
    before: { length: 0, route: [], thinking: '' },
    text: () => undefined,
    thinking: () => undefined,
    note: () => undefined,
    end: () => undefined,
  };
  const conversations = {
    waiting: () => ['broken', 'whole'].map((id) => ({ id, answerId: `answer of ${id}` })),
    resume(id: string) {
      if (id === 'broken') throw new Failure('internal', 'The disk is full.');
      const answer = { state: 'streaming', placement: null, model: null, figures: null, failure: null, wish: {} };
      return { messages: [], parameters: {}, text: '', answer, writer };
    },
  } as unknown as Conversations;
  const answers = answering({
    clock: handClock(),
    log: { warn: (message: string) => void warned.push(message) } as unknown as Log,
    news: { by: () => conversations, watch: () => Promise.reject(new Error('nobody watches')) as never },
    async *ask(request) {
      asked.push(request);
      yield { kind: 'waiting', code: 'no-leader' };
    },
    online: () => true,
    titles: { want: () => undefined, look: () => undefined, forget: () => undefined, stop: () => undefined },
  });
  return { answers, asked, warned };
}

test('an answer that cannot be gone on with keeps neither the others nor the node from it', () => {
  const { answers, asked, warned } = waiting();
  answers.takeUp();
  expect(asked.map(({ conversation }) => conversation)).toEqual(['whole']);
  expect(warned).toHaveLength(1);
});
