// What the engine could run, also one that is not started: for the doctor.
import { toFailure } from '../../src-shared/failure.ts';
import type { Engine } from '../jobs/ports.ts';
import type { DoctorFacts } from './doctor.ts';

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
