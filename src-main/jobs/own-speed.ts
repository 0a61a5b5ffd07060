// How fast this machine writes, for what its offer says: measured by its engine, model by model. Others believe it only until they saw it themselves.
import { z } from 'zod';
import type { AnswerFigures } from '../../src-shared/chat.ts';
import { dropOldest } from '../../src-shared/drop-oldest.ts';

export const ownSpeedBounds = {
  /** Models that are remembered; the one that wrote nothing for longest is forgotten. */
  models: 256,
  /** Weight of the newest answer in the mean (EWMA), as of what others see (swarm/observed.ts). */
  weight: 0.25,
  /** An answer of fewer tokens tells little. */
  leastTokens: 8,
  /** No machine writes one answer faster, tokens/s. */
  mostTokensPerSecond: 5000,
  /** Answers of whichever model whose speed is told one by one; of this run alone. */
  recent: 12,
  /** What moved by less is no news to everybody. */
  newsShare: 0.1,
} as const;

const model = z.object({
  model: z.string().min(1).max(200),
  tokensPerSecond: z.number().positive().max(ownSpeedBounds.mostTokensPerSecond),
});
const ownSpeedDump = z.array(model).max(ownSpeedBounds.models);
export type OwnSpeedDump = z.infer<typeof ownSpeedDump>;

export type OwnSpeed = {
  wrote(model: string, figures: Pick<AnswerFigures, 'tokens' | 'tokensPerSecond'>): void;
  /** tokens/s of one answer, two digits of it; null: nothing was measured */
  of(model: string): number | null;
  /** Of the last answers, newest last, two digits each. */
  recent(): readonly number[];
  dump(): OwnSpeedDump;
  /** Takes the place of all that is known; throws a ZodError on what is no dump. */
  restore(dump: unknown): void;
};

/** Starts with nothing measured. */
export function ownSpeed(): OwnSpeed {
  const models = new Map<string, { mean: number; told: number }>();
  let recent: readonly number[] = [];
  const keep = (name: string, mean: number, before: number | undefined): void => {
    const isNews = before === undefined || Math.abs(mean - before) > ownSpeedBounds.newsShare * before;
    models.delete(name);
    models.set(name, { mean, told: isNews ? Number(mean.toPrecision(2)) : before });
    dropOldest(models, ownSpeedBounds.models);
  };
  return {
    wrote(name, { tokens, tokensPerSecond }) {
      const tells = tokens >= ownSpeedBounds.leastTokens && Number.isFinite(tokensPerSecond) && tokensPerSecond > 0;
      if (!tells || name === '' || name.length > 200) return;
      const newest = Math.min(ownSpeedBounds.mostTokensPerSecond, tokensPerSecond);
      recent = [...recent, Number(newest.toPrecision(2))].slice(-ownSpeedBounds.recent);
      const before = models.get(name);
      keep(name, before === undefined ? newest : before.mean + ownSpeedBounds.weight * (newest - before.mean), before?.told);
    },
    recent: () => recent,
    of: (name) => models.get(name)?.told ?? null,
    dump: () => [...models].map(([name, { mean }]) => ({ model: name, tokensPerSecond: mean })),
    restore(dump) {
      const stored = ownSpeedDump.parse(dump);
      models.clear();
      for (const { model: name, tokensPerSecond } of stored) keep(name, tokensPerSecond, undefined);
    },
  };
}
