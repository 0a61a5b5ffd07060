// A few random histories at each run; ten thousand of them in test/swarm/roster.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeCrypto as crypto } from '../../test/fakes/fake-signing.ts';
import { devices, history, live, oracle, randomOf, shuffled, verdictOf, wronglyIn } from '../../test/fakes/histories.ts';
import { emptyRoster, heads, merge } from './roster.ts';

test('devices that got the same statements agree, in whatever order they came, and agree with the judge', () => {
  fc.assert(
    fc.property(history, ({ steps, seed }) => {
      const { rosters, said, seen } = live({ steps });
      for (const roster of seen) expect(wronglyIn(roster)).toEqual([]);
      const swarm = crypto.hash(said[0]?.body ?? '');
      const verdict = oracle(said);
      const random = randomOf(seed);
      let first: string[] | null = null;
      for (const index of devices.keys()) {
        let roster = rosters[index] ?? emptyRoster();
        const all = shuffled(said, random);
        const cut = Math.floor(random() * all.length);
        for (const part of [all.slice(cut), all.slice(0, cut)]) roster = merge(crypto, roster, part, { swarm }).roster;
        expect(verdictOf(roster)).toEqual(verdict);
        expect(wronglyIn(roster)).toEqual([]);
        first ??= heads(roster);
        expect(heads(roster)).toEqual(first);
      }
    }),
    { numRuns: 100, seed: 20_261_121, endOnFailure: true },
  );
});
