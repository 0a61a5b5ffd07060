import { expect, test } from 'vitest';
import { exclusion, scorePart, type CandidateRow, type Placement } from '../../src-shared/chat.ts';
import { surveyLines } from './place.ts';
import { whySentence } from './words.ts';

const row = (name: string, more: Partial<CandidateRow> = {}): CandidateRow => ({
  leader: { peerId: `12D3KooW${name.repeat(44).slice(0, 44)}`, name },
  score: 61.5,
  parts: { speed: 12, wait: 18 },
  loaded: true,
  freeSlots: 2,
  waiting: 0,
  waitMs: 0,
  tokensPerSecond: 41.2,
  measured: true,
  latencyMs: 2.34,
  freeMb: 6200,
  reservedMb: 512,
  ...more,
});
const placed = (reason: Placement['reason'], candidates: CandidateRow[]): Placement => ({
  leader: candidates[0]?.leader ?? { peerId: '', name: '' },
  model: 'tiny',
  local: false,
  reason,
  candidates,
});

test('the sentence has the figures that it speaks of', () => {
  const two = [row('a'), row('b', { tokensPerSecond: 12, waiting: 2 })];
  expect(whySentence(placed('speed', two))).toBe('a answered with tiny: it writes the fastest, 41 tokens a second (the next one 12).');
  expect(whySentence(placed('speed', [row('a'), row('b', { tokensPerSecond: null })]))).toContain('41 tokens a second.');
  expect(whySentence(placed('speed', [row('a', { tokensPerSecond: null })]))).toContain('likely');
  expect(whySentence(placed('wait', two))).toContain('2 wait elsewhere');
  expect(whySentence(placed('wait', [row('a'), row('b')]))).not.toContain('elsewhere');
  expect(whySentence(placed('latency', two))).toContain('2.3 ms away');
  expect(whySentence(placed('memory', two))).toContain('6.1 GB');
});

test('a machine with its facts and its points; one that cannot answer with the reason in words', () => {
  const candidates = [row('a', { waiting: 3, waitMs: 4100 }), row('b', { excluded: 'no-memory' })];
  expect(surveyLines({ placement: placed('only-one', candidates), candidates, failure: null })).toEqual([
    'a would answer with tiny: no other machine could.',
    '  a  61.5 of 100: has the model in memory, 41.2 tokens a second (seen from here), 2 free slots, 3 waiting, about 5 s of waiting, 6.1 GB free, 512 MB reserved, 2.3 ms away',
    '    points: speed 12 of 24 · short line 18 of 18 · model in memory 0 of 14 · free memory 0 of 8 · graphics card 0 of 6 · little other work 0 of 6 · near 0 of 5 · same network 0 of 4 · remembers the conversation 0 of 10 · owner away 0 of 5',
    '  b  does not have enough free memory',
  ]);
});

test('nobody: the failure, and every reason why a machine is out has words of its own', () => {
  const candidates = exclusion.options.map((excluded) => row('a', { excluded }));
  const lines = surveyLines({ placement: null, candidates, failure: { code: 'model-missing', message: '' } });
  expect(lines[0]).toBe('Nobody can answer this now.');
  const words = lines.slice(2);
  expect(new Set(words).size).toBe(exclusion.options.length);
  for (const line of words) expect(line).toMatch(/^ {2}a {2}[a-z][^{}.]+$/);
});

test('every part has a name', () => {
  const [, , parts] = surveyLines({ placement: placed('name', [row('a')]), candidates: [row('a')], failure: null });
  expect(parts?.split(' · ')).toHaveLength(scorePart.options.length);
});
