import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../../src-shared/chat.ts';
import { appendText, appendThinking, endRun, noteChunk, resumeRun, startRun } from './run.ts';
import type { Run } from './run.ts';

const machine = (name: string) => ({ peerId: `id-${name}`, name });
const placed = (name: string): ChatChunk => ({
  kind: 'placed',
  placement: { leader: machine(name), model: 'm', local: false, reason: 'speed', candidates: [] },
});
const seam = (name: string, at: number): ChatChunk => ({ kind: 'seam', lost: machine(name), code: 'leader-lost', at });
const text = (words: string): ChatChunk => ({ kind: 'text', text: words });

function after(chunks: ChatChunk[], run: Run = startRun('answer', 1000)): Run {
  return chunks.reduce((known, chunk) => {
    if (chunk.kind === 'text') return appendText(known, chunk.text);
    if (chunk.kind === 'thinking') return appendThinking(known, chunk.text);
    return chunk.kind === 'done' ? known : noteChunk(known, chunk);
  }, run);
}

describe('a running answer', () => {
  test('shows what the model thinks apart from its text, and nothing of what a lost machine thought for nothing', () => {
    const thinking = (words: string): ChatChunk => ({ kind: 'thinking', text: words });
    const first = after([placed('a'), thinking('hm, ')]);
    expect(first).toMatchObject({ phase: { kind: 'thinking' }, text: '', thinking: { text: 'hm, ' } });
    const moved = after([seam('a', 0), placed('b'), thinking('so'), text('Yes.')], first);
    expect(moved).toMatchObject({ phase: { kind: 'writing' }, text: 'Yes.', thinking: { text: 'so' } });
    expect(endRun(moved, { kind: 'stopped' }, 0).answer?.thinking).toBe('so');
  });

  test('says its place in the line and the wait', () => {
    expect(after([placed('DESK'), { kind: 'queued', position: 2, etaMs: 20_000 }]).phase).toEqual({
      kind: 'queued',
      position: 2,
      etaMs: 20_000,
    });
  });

  test('keeps its text through a broken link, a seam and a wait', () => {
    const run = after([placed('DESK'), text('so far'), { kind: 'reconnecting', leader: machine('DESK') }]);
    expect(run).toMatchObject({ text: 'so far', phase: { kind: 'reconnecting', name: 'DESK' } });
    const moving = after([seam('DESK', 6)], run);
    expect(moving).toMatchObject({ text: 'so far', phase: { kind: 'moving', lost: { name: 'DESK' } } });
    expect(after([{ kind: 'waiting', code: 'no-leader' }], moving)).toMatchObject({ text: 'so far', phase: { kind: 'waiting' } });
    const moved = after([placed('STUDIO'), text(', and on')], moving);
    expect(moved).toMatchObject({ text: 'so far, and on', phase: { kind: 'writing' }, lost: { name: 'DESK' } });
    expect(moved.placement?.leader.name).toBe('STUDIO');
  });

  test('a machine that was left before the first word is not spoken of', () => {
    expect(after([placed('DESK'), seam('DESK', 0), placed('STUDIO'), text('Hello')])).toMatchObject({
      lost: null,
      route: [{ leader: { name: 'STUDIO' }, from: 0, lost: null }],
    });
  });

  test('ends with its route', () => {
    const run = after([placed('DESK'), text('so far'), seam('DESK', 6), placed('STUDIO'), text('.')]);
    const figures = { tokens: 3, tokensPerSecond: 1, timeToFirstTokenMs: 1 };
    expect(endRun(run, { kind: 'done', model: 'm', figures }, 0)).toMatchObject({
      id: 'answer',
      createdAt: 1000,
      content: 'so far.',
      answer: {
        state: 'done',
        route: [
          { leader: { name: 'DESK' }, from: 0, lost: 'leader-lost' },
          { leader: { name: 'STUDIO' }, from: 6, lost: null },
        ],
      },
    });
  });

  test('one that is taken up again begins with what it has', () => {
    const broken = endRun(after([placed('DESK'), text('so far')]), { kind: 'stopped' }, 0);
    const run = resumeRun(broken);
    expect(run).toMatchObject({ answerId: 'answer', createdAt: 1000, text: 'so far', model: 'm', phase: { kind: 'sending' } });
    expect(endRun(after([placed('STUDIO'), text('.')], run), { kind: 'stopped' }, 0).answer?.route?.map(({ from }) => from)).toEqual([
      0, 6,
    ]);
  });
});
