import { expect, test } from 'vitest';
import type { ChatChunk } from '../../../src-shared/chat.ts';
import type { ChatEdges } from './edges.ts';
import { followAnswer } from './run-answer.ts';
import { startRun } from './run.ts';

test('a seam finds all the text that came before it, though no frame was drawn yet', async () => {
  const machine = (name: string) => ({ peerId: `id-${name}`, name });
  const placed = (name: string): ChatChunk => ({
    kind: 'placed',
    placement: { leader: machine(name), model: 'm', local: false, reason: 'speed', candidates: [] },
  });
  let run = startRun('answer', 0);
  // A hidden window: frames never come.
  const edges = { frame: () => () => undefined, now: () => 0 } as unknown as ChatEdges;
  const end = await followAnswer({
    edges,
    signal: new AbortController().signal,
    setRun: (change) => void (run = change(run)),
    open: async () =>
      (async function* (): AsyncGenerator<ChatChunk> {
        yield placed('DESK');
        yield { kind: 'text', text: 'so far' };
        yield { kind: 'seam', lost: machine('DESK'), code: 'leader-lost', at: 6 };
        yield placed('STUDIO');
        yield { kind: 'text', text: '.' };
        yield { kind: 'done', reason: 'stop', model: 'm', figures: { tokens: 2, tokensPerSecond: 1, timeToFirstTokenMs: 1 } };
      })(),
  });
  expect(end.kind).toBe('done');
  expect(run.text).toBe('so far.');
  expect(run.route.map(({ leader, from, lost }) => [leader.name, from, lost])).toEqual([
    ['DESK', 0, 'leader-lost'],
    ['STUDIO', 6, null],
  ]);
});
