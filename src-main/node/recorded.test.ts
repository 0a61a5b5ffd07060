import { expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { Message, RouteStep } from '../../src-shared/conversation.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { AnswerWriter } from '../store/conversations/writer.ts';
import { recorded } from './asking.ts';

/** What was written down of these chunks, after `before`, and of how they ended. every: ms from one chunk to the next */
async function noted(chunks: ChatChunk[], before: AnswerWriter['before'] = { length: 0, route: [], thinking: '' }, end?: Error, every = 0) {
  let now = 0;
  let facts: Partial<NonNullable<Message['answer']>> = {};
  let text = '';
  const writer: AnswerWriter = {
    before,
    text: (piece) => void (text += piece),
    thinking: (piece) => void (facts = { ...facts, thinking: (facts.thinking ?? before.thinking) + piece }),
    note: (more) => void (facts = { ...facts, ...more }),
    end: (state, more) => void (facts = { ...facts, ...more, state }),
  };
  const stream = (async function* () {
    for (const chunk of chunks) {
      yield chunk;
      now += every;
    }
    if (end !== undefined) throw end;
  })();
  const told: ChatChunk[] = [];
  try {
    for await (const chunk of recorded(stream, writer, new AbortController().signal, () => now)) told.push(chunk);
  } catch (error) {
    expect(error).toBe(end);
  }
  return { facts, text, told };
}

const machine = (name: string) => ({ peerId: `id-${name}`, name });
const placed = (name: string): ChatChunk => ({
  kind: 'placed',
  placement: { leader: machine(name), model: 'm', local: false, reason: 'speed', candidates: [] },
});
const figures = { tokens: 2, tokensPerSecond: 1, timeToFirstTokenMs: 1 };
const done: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures };
const names = (route: readonly RouteStep[] | undefined) => route?.map(({ leader, from, lost }) => [leader.name, from, lost]);

test('the seam of an answer is in its route', async () => {
  const seam: ChatChunk = { kind: 'seam', lost: machine('A'), code: 'leader-lost', at: 4 };
  const { facts, text } = await noted([
    placed('A'),
    { kind: 'text', text: 'half' },
    seam,
    placed('B'),
    { kind: 'text', text: ' way' },
    done,
  ]);
  expect(text).toBe('half way');
  expect(names(facts.route)).toEqual([
    ['A', 0, 'leader-lost'],
    ['B', 4, null],
  ]);
  expect(facts.placement?.leader.name).toBe('B');
});

test('an answer that is continued keeps the route that it had', async () => {
  const before = { length: 4, route: [{ leader: machine('A'), model: 'm', from: 0, lost: null }], thinking: 'so' };
  const { facts } = await noted([placed('B'), { kind: 'text', text: ' way' }, done], before);
  expect(names(facts.route)).toEqual([
    ['A', 0, null],
    ['B', 4, null],
  ]);
});

test('with nobody to go on, the last machine says why its part ended; a Stop is the word of nobody but the person', async () => {
  const half: ChatChunk[] = [placed('A'), { kind: 'text', text: 'half' }];
  const lost = await noted(half, undefined, new Failure('leader-lost', 'gone'));
  expect([names(lost.facts.route), lost.facts]).toMatchObject([[['A', 0, 'leader-lost']], { state: 'failed' }]);
  const stopped = await noted(half, undefined, new DOMException('Stop', 'AbortError'));
  expect([names(stopped.facts.route), stopped.facts]).toMatchObject([[['A', 0, null]], { state: 'stopped' }]);
});

test('what a model thought is kept with its answer, without what a lost leader thought for nothing', async () => {
  const seam: ChatChunk = { kind: 'seam', lost: machine('A'), code: 'leader-lost', at: 0 };
  const thinking = (text: string): ChatChunk => ({ kind: 'thinking', text });
  const { facts, text } = await noted([
    placed('A'),
    thinking('for '),
    thinking('nothing'),
    seam,
    placed('B'),
    thinking('let me '),
    thinking('see'),
    { kind: 'text', text: 'Yes.' },
    done,
  ]);
  expect(facts.thinking).toBe('let me see');
  expect(text).toBe('Yes.');
});

test('what was thought for an answer that is continued stays, and goes when there was no word of it yet', async () => {
  const rest: ChatChunk[] = [placed('B'), { kind: 'thinking', text: ' further' }, { kind: 'text', text: ' way' }, done];
  const begun = { length: 4, route: [], thinking: 'so' };
  expect((await noted(rest, begun)).facts.thinking).toBe('so further');
  expect((await noted(rest, { ...begun, length: 0 })).facts.thinking).toBe(' further');
});

test('how long it was thought for is kept too, from the first thought to the first word or to the end', async () => {
  const thinking: ChatChunk = { kind: 'thinking', text: 'hm' };
  const word = (text: string): ChatChunk => ({ kind: 'text', text });
  const whole = await noted([placed('A'), thinking, thinking, word('Yes'), word('.'), done], undefined, undefined, 100);
  expect(whole.facts.thoughtMs).toBe(200);
  const broken = await noted([placed('A'), thinking, thinking], undefined, new Failure('leader-lost', 'gone'), 100);
  expect(broken.facts.thoughtMs).toBe(200);
  // an engine that leaves it in the text
  const tagged = await noted([placed('A'), word('<think>'), word('hm'), word('</think>\n'), word('Yes'), done], undefined, undefined, 100);
  expect(tagged.facts.thoughtMs).toBe(200);
  expect((await noted([placed('A'), word('Yes'), word('.'), done], undefined, undefined, 100)).facts).not.toHaveProperty('thoughtMs');
  // what is gone on with was thought for before
  const begun = { length: 4, route: [], thinking: 'so' };
  expect((await noted([placed('B'), thinking, word(' way'), done], begun, undefined, 100)).facts).not.toHaveProperty('thoughtMs');
});

test('how long it stood in line and waited for its model is clocked here, whatever the leader says of it', async () => {
  const queued = (position: number): ChatChunk => ({ kind: 'queued', position });
  const loading: ChatChunk = { kind: 'loading', model: 'm' };
  const text: ChatChunk = { kind: 'text', text: 'Yes.' };
  const seam: ChatChunk = { kind: 'seam', lost: machine('A'), code: 'leader-lost', at: 0 };
  const claims: ChatChunk = { kind: 'done', reason: 'stop', model: 'm', figures, queuedMs: 9e9 };
  const whole = [
    placed('A'),
    queued(2),
    queued(1),
    loading,
    seam,
    placed('B'),
    queued(1),
    loading,
    loading,
    { kind: 'reading' } as const,
    text,
    claims,
  ];
  const { facts, told } = await noted(whole, undefined, undefined, 100);
  expect(facts).toMatchObject({ queuedMs: 300, loadedMs: 300 });
  expect(told.at(-1)).toMatchObject({ kind: 'done', queuedMs: 300, loadedMs: 300 });
  // stopped in the line
  const stopped = await noted([placed('A'), queued(2)], undefined, new DOMException('Stop', 'AbortError'), 100);
  expect(stopped.facts).toMatchObject({ state: 'stopped', queuedMs: 100 });
  const plain = await noted([placed('A'), text, claims], undefined, undefined, 100);
  for (const one of [plain.facts, plain.told.at(-1)]) expect(one).not.toHaveProperty('queuedMs');
});
