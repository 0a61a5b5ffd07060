// The engines of this machine, those that do not run included, and their models: what the owner looks at and may delete.
import type { DownloadSource, SuggestedModel } from '../../src-shared/download.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import { localEngine, type FoundServer, type LocalEngine, type LocalModel, type ModelRemoval } from '../../src-shared/local-engine.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import { recommendedFor, type RecommendedModel } from '../../src-shared/recommended.ts';
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
  /** See HostFacts. */
  servers?: (() => Promise<FoundServer[]>) | undefined;
  changed: () => void;
};

export type LocalEngines = {
  look(): Promise<LocalEngine[]>;
  /** Servers with the OpenAI API on this machine, found or not. */
  servers(): Promise<FoundServer[]>;
  /** What the engine in use could have, smallest first; empty where it downloads nothing. */
  suggest(): Promise<SuggestedModel[]>;
  /** Fails with model-in-use, model-missing, not-allowed, engine-*. */
  removeModel(kind: LocalEngine['kind'], model: string): Promise<ModelRemoval>;
};

export function localEngines({ engine, running, settings, machine, servers, changed }: LocalEnginesOptions): LocalEngines {
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
    servers: () => servers?.() ?? Promise.resolve([]),
    suggest: () =>
      using(settings.get().engine, async (found) => {
        // it gets its models in its own way
        if (found.pull === undefined && found.fetcher === undefined) return [];
        // where it does not answer, starting one says so
        const here = await found.models().catch(() => []);
        const facts = found.facts();
        const { best, all } = recommendedFor(facts.device.kind === 'cpu' ? { ...machine(), gpus: [], unknown: [] } : machine());
        return all.map((model): SuggestedModel => {
          const { source, name, sizeBytes } = sourceFor(found, model);
          const fit = fitOf(modelNeedMb({ sizeBytes }), machine(), facts);
          return { title: model.title, source, sizeBytes, fit, best: model === best, here: here.some((one) => one.name === name) };
        });
      }),
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

function sourceFor(engine: Engine, { ollama, file }: RecommendedModel): { source: DownloadSource; name: string; sizeBytes: number } {
  if (engine.kind === 'ollama') return { source: { engine: 'ollama', name: ollama.name }, ...ollama };
  const { url, sha256, sizeBytes } = file;
  return { source: { engine: 'embedded', url, sha256 }, name: engine.fetcher?.nameOf(url) ?? url, sizeBytes };
}
