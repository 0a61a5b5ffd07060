// The engines of this machine, those that do not run included, and their models: what the owner looks at and may delete.
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import { localEngine, type LocalEngine, type LocalModel, type ModelRemoval } from '../../src-shared/local-engine.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { fitOf } from '../jobs/fit.ts';
import type { Engine } from '../jobs/ports.ts';
import { modelNeedMb } from '../jobs/reservations.ts';

export type LocalEnginesOptions = {
  /** Makes one; it is not started. */
  engine: (settings: Settings) => Engine;
  /** The one that runs now. */
  running: () => Engine | null;
  settings: { get(): Settings; update(patch: { model: null }): unknown };
  machine: () => HardwareFacts;
  changed: () => void;
};

export type LocalEngines = {
  look(): Promise<LocalEngine[]>;
  /** Fails with model-in-use, model-missing, not-allowed, engine-*. */
  removeModel(kind: LocalEngine['kind'], model: string): Promise<ModelRemoval>;
};

export function localEngines({ engine, running, settings, machine, changed }: LocalEnginesOptions): LocalEngines {
  /** With the engine that runs, if it is of that kind; else with one that is made for this work and not started. */
  const using = async <T>(kind: LocalEngine['kind'], work: (engine: Engine) => Promise<T>): Promise<T> => {
    const wanted = settings.get();
    const now = wanted.engine === kind ? running() : null;
    if (now !== null) return work(now);
    const made = engine({ ...wanted, engine: kind });
    try {
      return await work(made);
    } finally {
      await made.stop();
    }
  };
  const one = (kind: LocalEngine['kind']): Promise<LocalEngine> =>
    using(kind, async (found) => {
      const chosen = settings.get().engine === kind;
      try {
        const models = await found.models();
        const facts = found.facts();
        return { kind, chosen, facts, failure: null, models: models.map((model) => localModel(model, found, machine())) };
      } catch (error) {
        return { kind, chosen, facts: found.facts(), failure: toFailure(error).toShape(), models: [] };
      }
    });
  return {
    look: () => Promise.all(localEngine.shape.kind.options.map(one)),
    removeModel: (kind, model) =>
      using(kind, async ({ shelf }) => {
        if (shelf === undefined) throw new Failure('not-allowed', 'The models of this engine are not deleted by Axon.');
        const removal = await shelf.remove(model);
        if (settings.get().engine === kind && settings.get().model === model) settings.update({ model: null });
        changed();
        return removal;
      }),
  };
}

function localModel(model: ModelInfo, engine: Engine, machine: HardwareFacts): LocalModel {
  const needMb = modelNeedMb(model);
  return { ...model, needMb, fit: fitOf(needMb, machine, engine.facts()), removable: engine.shelf?.removable(model.name) ?? false };
}
