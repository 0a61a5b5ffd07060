// What happens in one simulation, made from a seed before it begins: machines, questions, faults. Whoever looks for the cause of a failure
// leaves some of them out and runs the rest again.
import type { HardwareFacts } from '../../../src-shared/hardware.ts';
import type { PeerSpec } from './peer.ts';
import { randomFor, type Random } from './random.ts';

export type MachineSpec = PeerSpec & { name: string; stops: boolean; skewMs: number };

export type QuestionSpec = {
  number: number;
  /** Index of the machine whose owner asks. */
  by: number;
  at: number;
  tokens: number;
  filler: number;
  model: string | undefined;
  /** Waits for somebody who can answer, instead of failing. */
  wait: boolean;
  /** Only this machine is asked. */
  pinned: number | undefined;
  /** The person presses Stop so long after asking, ms. */
  stopMs: number | undefined;
};

export type Fault =
  | { kind: 'crash' | 'sleep' | 'revoke'; at: number; ms: number; machine: number }
  | { kind: 'engine-hang' | 'engine-crash'; at: number; ms: number; machine: number }
  | { kind: 'slow'; at: number; ms: number; machine: number; times: number }
  /** reset: both notice at once, as when an address changes. */
  | { kind: 'cut' | 'reset'; at: number; ms: number; machine: number; other: number }
  | { kind: 'slow-link'; at: number; ms: number; machine: number; other: number; times: number }
  /** Nothing passes between these and the others. */
  | { kind: 'partition'; at: number; ms: number; side: number[] };

export type Scenario = {
  seed: number;
  machines: MachineSpec[];
  link: { latencyMs: [number, number]; jitterMs: number; loss: number };
  questions: QuestionSpec[];
  faults: Fault[];
  minutes: number;
};

export type ScenarioSize = {
  nodes: number;
  /** How many of them have somebody at the keyboard. */
  members: number;
  minutes: number;
  /** Of each member. */
  questionsPerMinute: number;
  /** Answers are so many times as long as those of the small swarms; 1 */
  longer?: number;
  /** How many of the questions are a whole list at once; 0.02 */
  bursts?: number;
  /** For each machine and hour. */
  faultsPerHour: number;
};

const models = ['large', 'small'] as const;
/** Everything that asks or breaks does so after the swarm has come together. */
export const beginMs = 12_000;

/** A small and eventful swarm, as the seeds of the test run it. */
export function smallScenario(seed: number): Scenario {
  const random = randomFor(`size ${seed}`);
  const nodes = 3 + random.below(4);
  const members = 1 + random.below(Math.min(3, nodes));
  // a quarter of the seeds is undisturbed: then nothing may fail at all
  const faultsPerHour = random.chance(0.25) ? 0 : random.between(20, 160);
  return scenario(seed, { nodes, members, minutes: 1, questionsPerMinute: random.between(3, 7), faultsPerHour });
}

export function scenario(seed: number, size: ScenarioSize): Scenario {
  const random = randomFor(`scenario ${seed}`);
  const machines = Array.from({ length: size.nodes }, (_, index) => machineSpec(index, random));
  const askers = random.shuffled(machines.map((_, index) => index)).slice(0, Math.max(1, size.members));
  const questions = askers.flatMap((by) => questionsOf(by, size, machines.length, random));
  questions.sort((a, b) => a.at - b.at || a.by - b.by);
  for (const [index, question] of questions.entries()) question.number = index + 1;
  return {
    seed,
    machines,
    link: {
      latencyMs: [0.5, random.chance(0.3) ? 60 : 8],
      jitterMs: random.between(0, 15),
      loss: random.chance(0.5) ? 0 : random.between(0, 0.05),
    },
    questions,
    faults: faultsOf(size, machines.length, questions, random),
    minutes: size.minutes,
  };
}

function machineSpec(index: number, random: Random): MachineSpec {
  // the first two are there for others, whatever chance says
  const role = index < 2 ? 'leader' : random.pick(['leader', 'auto', 'auto', 'subordinate'] as const);
  const strong = random.chance(0.4);
  const gpus: HardwareFacts['gpus'] = strong ? [{ name: 'Simulated', vramMb: 16_384, vramFreeMb: 15_000, unified: false }] : [];
  return {
    name: `M${String(index + 1).padStart(3, '0')}`,
    role,
    stops: random.chance(0.5),
    skewMs: Math.round(random.between(-60_000, 60_000)),
    engine:
      role === 'subordinate'
        ? null
        : {
            models: index < 2 || random.chance(0.6) ? models : [random.pick(models)],
            tokensPerSecond: strong ? random.between(25, 80) : random.between(8, 25),
            promptTokensPerSecond: strong ? 1500 : 250,
            slots: 1 + random.below(4),
            loadMs: random.between(500, 6000),
            tokens: random.chance(0.7),
          },
    hardware: {
      cpu: { model: 'Simulated', cores: strong ? 16 : 4 },
      ram: { totalMb: strong ? 65_536 : 16_384, freeMb: strong ? 50_000 : 9_000 },
      gpus,
      load: 0.1,
      onAc: true,
    },
  };
}

function questionsOf(by: number, size: ScenarioSize, nodes: number, random: Random): QuestionSpec[] {
  const found: QuestionSpec[] = [];
  const gap = 60_000 / size.questionsPerMinute;
  for (let at = beginMs + random.exponential(gap); at < beginMs + size.minutes * 60_000; at += random.exponential(gap)) {
    // now and then somebody pastes a whole list
    const burst = random.chance(size.bursts ?? 0.02) ? 8 + random.below(20) : 1;
    for (let index = 0; index < burst; index += 1) {
      const wait = random.chance(0.6);
      // the first one always leads; who waits for one that never does waits for ever
      const pinned = random.chance(0.05) ? (wait ? 0 : random.below(nodes)) : undefined;
      found.push({
        ...{ number: 0, by, at, wait, pinned },
        tokens: Math.round((size.longer ?? 1) * (random.chance(0.25) ? 30 + random.below(70) : 3 + random.below(25))),
        filler: random.chance(0.1) ? 400 : random.below(20),
        model: random.chance(0.2) ? undefined : random.pick(models),
        stopMs: random.chance(0.06) ? random.between(0, 6000) : undefined,
      });
    }
  }
  return found;
}

/** Half of them strike while somebody waits for an answer, and there. */
function faultsOf(size: ScenarioSize, nodes: number, questions: readonly QuestionSpec[], random: Random): Fault[] {
  const found: Fault[] = [];
  if (size.faultsPerHour <= 0) return found;
  const gap = 3_600_000 / (size.faultsPerHour * nodes);
  for (let at = beginMs + random.exponential(gap); at < beginMs + size.minutes * 60_000; at += random.exponential(gap)) {
    const question = questions.length > 0 && random.chance(0.5) ? random.pick(questions) : undefined;
    if (question === undefined) found.push(fault(at, random.below(nodes), nodes, random));
    else
      found.push(
        fault(
          question.at + random.between(0, 4000),
          random.chance(0.3) ? question.by : random.below(Math.min(3, nodes)),
          nodes,
          random,
          question.by,
        ),
      );
  }
  return found;
}

function fault(at: number, machine: number, nodes: number, random: Random, asker?: number): Fault {
  const other = asker === undefined || asker === machine ? (machine + 1 + random.below(nodes - 1)) % nodes : asker;
  // most are short, some are long
  const ms = random.chance(0.6) ? random.between(50, 5000) : random.between(5000, 90_000);
  const chance = random.next();
  if (chance < 0.2) return { kind: 'crash', at, ms: Math.max(500, ms), machine };
  if (chance < 0.36) return { kind: 'sleep', at, ms, machine };
  if (chance < 0.48) return { kind: 'cut', at, ms, machine, other };
  if (chance < 0.62) return { kind: 'reset', at, ms, machine, other };
  if (chance < 0.72) return { kind: 'engine-crash', at, ms: 0, machine };
  if (chance < 0.8) return { kind: 'engine-hang', at, ms: 0, machine };
  if (chance < 0.87) return { kind: 'slow', at, ms: ms * 2, machine, times: random.between(2, 12) };
  if (chance < 0.91) return { kind: 'slow-link', at, ms, machine, other, times: random.between(3, 40) };
  // the first one is the admin
  if (chance < 0.94) return { kind: 'revoke', at, ms: random.chance(0.5) ? ms : 0, machine: 1 + random.below(nodes - 1) };
  const side = Array.from({ length: nodes }, (_, index) => index).filter(() => random.chance(0.5));
  return { kind: 'partition', at, ms, side };
}
