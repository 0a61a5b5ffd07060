// What the engine could run, also one that is not started: for the doctor.
import { toFailure } from '../../src-shared/failure.ts';
import type { Engine } from '../jobs/ports.ts';
import type { DoctorFacts } from './doctor.ts';
import type { HostFacts } from './finding.ts';
import type { LocalEngines } from './local-engines.ts';

/** Where else the Ollama of this machine answers; null: there is none, it runs on another machine, or nobody can look. */
export async function ollamaReach(engines: LocalEngines, { openToNetwork }: HostFacts): Promise<readonly string[] | null> {
  if (openToNetwork === undefined) return null;
  const found = (await engines.look()).find(({ kind }) => kind === 'ollama');
  if (found?.facts.address === undefined || found.failure !== null || found.facts.remote === true) return null;
  return openToNetwork(found.facts.address);
}

/**
 * Never rejects: an engine that cannot list its models is told by its failure.
 * @param running null: one is made for the look, and stopped again
 */
export async function runnable(running: Engine | null, make: () => Engine): Promise<Pick<DoctorFacts, 'models' | 'engine'>> {
  const engine = running ?? make();
  try {
    const { length } = await engine.models();
    return { models: length, engine: engine.facts() };
  } catch (error) {
    return { models: toFailure(error).toShape(), engine: engine.facts() };
  } finally {
    if (running === null) await engine.stop();
  }
}
