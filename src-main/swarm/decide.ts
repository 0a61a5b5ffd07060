// What this machine is, from what the person wants and what is true. Pure; node.ts gathers the facts.
import type { EngineFacts } from '../../src-shared/engine.ts';
import { Failure, type FailureShape } from '../../src-shared/failure.ts';
import type { Role, RoleActual } from '../../src-shared/role.ts';

export type RoleFacts = {
  wanted: Role;
  /** Under role auto: it is this machine's turn to lead (auto-role.ts). */
  autoLeads?: boolean;
  /** There is a swarm.key. */
  key: boolean;
  network: 'off' | 'starting' | 'on' | { failed: FailureShape };
  engine: EngineFacts | null;
  models: number;
  running: number;
  waiting: number;
  /** Other members that running and waiting are for. */
  people?: number;
  draining: boolean;
  /** Its first model is on its way into memory, whether the engine says so yet or not. */
  warming?: boolean;
  /** The leader that the next question would go to. */
  leader: { peerId: string; name: string } | null;
};

/** Derives the actual role; the first rule that holds wins. */
export function roleActualOf(facts: RoleFacts): RoleActual {
  if (!facts.key || facts.network === 'off') return { kind: 'off' };
  if (typeof facts.network === 'object') return { kind: 'troubled', failure: facts.network.failed };
  if (facts.network === 'starting') return { kind: 'starting', step: 'network' };
  if (!meansToLead(facts)) {
    if (facts.draining && facts.running > 0) return { kind: 'draining', running: facts.running, ...people(facts) };
    return { kind: 'subordinate', leader: facts.leader };
  }
  return leading(facts);
}

/** Whether this machine is to lead now. */
export function meansToLead({ wanted, autoLeads = false }: Pick<RoleFacts, 'wanted' | 'autoLeads'>): boolean {
  return wanted === 'leader' || (wanted === 'auto' && autoLeads);
}

function leading(facts: RoleFacts): RoleActual {
  const state = facts.engine?.state;
  if (state === undefined || state.kind === 'stopped' || state.kind === 'starting') return { kind: 'starting', step: 'engine' };
  if (state.kind === 'failed') return { kind: 'troubled', failure: state.failure };
  if (facts.models === 0) return { kind: 'troubled', failure: new Failure('model-missing', 'The engine has no model to run.').toShape() };
  if ((state.kind === 'loading' || facts.warming === true) && facts.running === 0) {
    return state.kind !== 'loading' || state.progress === undefined
      ? { kind: 'starting', step: 'model' }
      : { kind: 'starting', step: 'model', progress: state.progress };
  }
  return { kind: 'leader', models: facts.models, running: facts.running, waiting: facts.waiting, ...people(facts) };
}

function people({ people: count = 0 }: RoleFacts): { people?: number } {
  return count === 0 ? {} : { people: count };
}

/** A leader is announced as one in every state in which it takes questions. */
export function leads(actual: RoleActual): boolean {
  return actual.kind === 'leader' || (actual.kind === 'starting' && actual.step === 'model');
}
