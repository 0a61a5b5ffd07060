import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placementSurvey } from '../../src-shared/chat.ts';
import { asksFor as ask, candidateLeader as leader, engineOf, plainHardware as hardware } from '../../test/fakes/candidates.ts';
import type { Leads } from '../../test/fakes/fake-offer.ts';
import { observed } from './observed.ts';
import { place, survey, type Candidate } from './placement.ts';

describe('many machines', () => {
  const many = (count: number, more: (number: number) => Partial<Candidate> & { leads?: Partial<Leads> | null }): Candidate[] =>
    Array.from({ length: count }, (_, number) => leader(`n${String(number).padStart(4, '0')}`, more(number)));

  test('the list has the best 300; the preferred one is in it whatever its points', () => {
    const all = many(1000, (number) => ({ latencyMs: number }));
    const worst = all.at(-1)?.peerId ?? '';
    const { candidates } = survey(ask(), all);
    expect(candidates).toHaveLength(300);
    expect(candidates.map(({ leader: { name } }) => name)).toEqual(all.slice(0, 300).map(({ name }) => name));
    const preferred = survey(ask(), all, { preferred: worst });
    expect(preferred.candidates).toHaveLength(300);
    expect(preferred.candidates.slice(0, 2).map(({ leader: { name } }) => name)).toEqual(['n0999', 'n0000']);
    expect(placementSurvey.parse(preferred).placement?.reason).toBe('preferred');
  });

  test('those that cannot answer fill what is left of it, by name', () => {
    const all = many(400, (number) => ({ connected: number % 4 === 0, latencyMs: number }));
    const { candidates } = survey(ask(), all.toReversed());
    expect(candidates.findIndex(({ excluded }) => excluded !== undefined)).toBe(100);
    expect(candidates).toHaveLength(300);
    expect(candidates.slice(100, 103).map(({ leader: { name } }) => name)).toEqual(['n0001', 'n0002', 'n0003']);
    const nobody = survey(
      ask(),
      many(400, () => ({ connected: false })),
    );
    expect([nobody.placement, nobody.candidates.length]).toEqual([null, 300]);
  });

  test('one that claims nothing and was seen to be fast is not skipped for what it claims', () => {
    const modest = { models: [{ name: 'tiny', loaded: true, sizeBytes: 4e9, tokensPerSecond: 0 }] };
    const all = many(1000, (number) => ({
      leads: number === 999 ? modest : { models: [{ name: 'tiny', loaded: true, sizeBytes: 4e9, tokensPerSecond: 30 }] },
    }));
    const seen = observed();
    seen.answered(all.at(-1)?.peerId ?? '', 'tiny', { tokensPerSecond: 90, timeToFirstTokenMs: 1, tokens: 50 });
    expect(place(ask('tiny'), all, { observed: seen })).toMatchObject({ leader: { name: 'n0999' }, reason: 'speed' });
  });

  test('skipping those that cannot be among the best changes nothing: as if all were scored and sorted', { timeout: 120_000 }, () => {
    const one = fc.record({
      latencyMs: fc.option(fc.integer({ min: 0, max: 40 }), { nil: null }),
      connected: fc.boolean(),
      near: fc.boolean(),
      loaded: fc.boolean(),
      free: fc.integer({ min: 0, max: 2 }),
      waiting: fc.integer({ min: 0, max: 4 }),
      freeMb: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: null }),
      load: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
      rate: fc.option(fc.integer({ min: 0, max: 90 }), { nil: null }),
      needMb: fc.constantFrom(null, 500, 5000),
      gpu: fc.boolean(),
      ownerActive: fc.option(fc.boolean(), { nil: null }),
    });
    const request = ask('tiny');
    fc.assert(
      fc.property(fc.array(one, { minLength: 500, maxLength: 600 }), fc.nat(), fc.nat(), (facts, wish, talked) => {
        const all = facts.map(({ latencyMs, connected, near, ...f }, number): Candidate => {
          const models = [{ name: 'tiny', loaded: f.loaded, tokensPerSecond: f.rate, needMb: f.needMb, sizeBytes: 4e9 }];
          const engine = engineOf({ device: { kind: f.gpu ? 'gpu' : 'cpu', name: '', why: '' } });
          const leads = { models, slots: { total: 2, free: f.free }, waiting: f.waiting, engine, ownerActive: f.ownerActive };
          const made = leader(`n${String((number * 7919) % 1009).padStart(4, '0')}`, { latencyMs, connected, near, leads });
          const machine = { ...hardware, ram: { totalMb: 32_000, freeMb: f.freeMb }, load: f.load };
          return { ...made, offer: made.offer && { ...made.offer, hardware: machine } };
        });
        const seen = observed();
        for (const { peerId } of all.slice(0, 50))
          seen.answered(peerId, 'tiny', { tokensPerSecond: 33, timeToFirstTokenMs: 1, tokens: 50 });
        const [preferred, last] = [all[wish % all.length]?.peerId ?? '', all[talked % all.length]?.peerId ?? ''];
        const options = { preferred, last, observed: seen };
        const slowly = all.map((candidate) => {
          // alone it is scored whatever it has
          const [row] = survey(request, [candidate], options).candidates;
          return { candidate, row };
        });
        slowly.sort(
          (a, b) =>
            Number(b.candidate.peerId === preferred && b.row?.excluded === undefined) -
              Number(a.candidate.peerId === preferred && a.row?.excluded === undefined) ||
            Number(a.row?.excluded !== undefined) - Number(b.row?.excluded !== undefined) ||
            (b.row?.score ?? 0) - (a.row?.score ?? 0) ||
            (a.candidate.name < b.candidate.name ? -1 : 1),
        );
        const expected = slowly.slice(0, 300).map(({ row }) => row);
        expect(survey(request, all, options).candidates).toEqual(expected);
        expect(survey(request, all.toReversed(), options).candidates).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
});
