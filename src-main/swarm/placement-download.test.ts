import { describe, expect, test } from 'vitest';
import { asksFor as ask, candidateLeader as leader, codeOf as failureOf, peerCalled as peer } from '../../test/fakes/candidates.ts';
import { place, survey, type Candidate } from './placement.ts';

describe('a leader that could download the model', () => {
  const downloads = [{ name: 'big:1', sizeBytes: 2e9 }, { name: 'other:1' }];
  const could = (name: string, more: Parameters<typeof leader>[1] = {}): Candidate =>
    leader(name, { mayDownload: true, ...more, leads: { downloads, ...more.leads } });
  const has = (name: string, more: Parameters<typeof leader>[1] = {}): Candidate =>
    leader(name, {
      ...more,
      leads: { models: [{ name: 'big:1', loaded: false }], slots: { total: 1, free: 0 }, waiting: 3, ...more.leads },
    });

  test('comes after all that have it, however busy they are, and says so with the size', () => {
    const placed = place(ask('big:1'), [could('a'), has('b', { latencyMs: 400 })]);
    expect([placed.leader.name, placed.reason]).toEqual(['b', 'only-one']);
    expect(placed.candidates.map(({ leader: { name }, download }) => [name, download])).toEqual([
      ['b', undefined],
      ['a', { sizeBytes: 2e9 }],
    ]);
    // preferred is who is asked first of those that can answer now
    expect(place(ask('big:1'), [could('a'), has('b')], { preferred: peer('a') }).leader.name).toBe('b');
    expect(place(ask('big:1'), [could('a'), has('b')], { pinned: peer('a') }).leader.name).toBe('a');
  });

  test('answers when nobody has it; the better of two by points', () => {
    const placed = place(ask('big:1'), [could('a', { latencyMs: 90 }), could('b'), leader('d')]);
    expect([placed.leader.name, placed.model, placed.reason]).toEqual(['b', 'big:1', 'latency']);
    expect(placed.candidates.map(({ excluded }) => excluded)).toEqual([undefined, undefined, 'model-missing']);
    expect(place(ask('other:1'), [could('a')]).candidates[0]?.download).toEqual({ sizeBytes: null });
  });

  test('is out where this device may not manage models, and that is said; this machine itself may', () => {
    const out = survey(ask('big:1'), [could('a', { mayDownload: false }), leader('d')]);
    expect(out.candidates.map(({ excluded }) => excluded)).toEqual(['may-not-download', 'model-missing']);
    expect(out.failure).toMatchObject({ code: 'not-permitted' });
    expect(place(ask('big:1'), [could('a', { local: true, mayDownload: false })]).local).toBe(true);
  });

  test('downloads nothing that nobody asked for by name', () => {
    expect(failureOf(() => place(ask(), [could('a', { leads: { downloads, models: [] } })]))).toBe('model-missing');
    expect(failureOf(() => place(ask('big'), [could('a')]))).toBe('model-missing');
  });

  test('gives up the list to those that have it, in whatever order they came', () => {
    const many = Array.from({ length: 400 }, (_, number) => has(`h${number}`, { latencyMs: number }));
    const some = Array.from({ length: 20 }, (_, number) => could(`c${number}`));
    for (const all of [
      [...many, ...some],
      [...some, ...many],
      [...many.slice(0, 200), ...some, ...many.slice(200)],
    ]) {
      const placed = place(ask('big:1'), all);
      expect(placed.candidates.every(({ download }) => download === undefined)).toBe(true);
      expect(placed.candidates.map(({ leader: { name } }) => name)).toEqual(
        place(ask('big:1'), many).candidates.map(({ leader: { name } }) => name),
      );
    }
    const few = place(ask('big:1'), [...some, ...many.slice(0, 10)]).candidates;
    expect(few.map(({ download }) => download !== undefined)).toEqual([...Array(10).fill(false), ...Array(20).fill(true)]);
  });
});
