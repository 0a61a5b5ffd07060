// What a simulation says about the swarm, as people ask it: how long did I wait, was it fair, what was busy.
import type { Result } from './simulate.ts';

export type Figures = {
  answers: number;
  byEnd: Record<string, number>;
  failures: Record<string, number>;
  /** Answers that went on elsewhere after text was shown; links that came back to the same answer. */
  moved: number;
  resumed: number;
  /** From the question to the first text, ms. */
  waitMs: { p50: number; p90: number; p99: number; most: number };
  /** Jain's index of the tokens that each member got for what it asked: 1 is equal. */
  jain: number;
  tokens: number;
  machines: { name: string; leads: boolean; tokens: number; answers: number; busy: number }[];
};

export function figuresOf({ scenario, answers, samples, written }: Result): Figures {
  const byEnd: Record<string, number> = {};
  const failures: Record<string, number> = {};
  const chosen = new Map<string, number>();
  const members = new Map<number, { asked: number; got: number }>();
  for (const { question, end, code, shown, leaders } of answers) {
    byEnd[end] = (byEnd[end] ?? 0) + 1;
    if (code !== null) failures[code] = (failures[code] ?? 0) + 1;
    for (const leader of leaders) chosen.set(leader, (chosen.get(leader) ?? 0) + 1);
    const member = members.get(question.by) ?? { asked: 0, got: 0 };
    if (end !== 'stopped' && end !== 'crashed') {
      member.asked += question.tokens;
      member.got += shown.split(' ').length - 1;
    }
    members.set(question.by, member);
  }
  const waits = answers
    .flatMap(({ firstTextAt, askedAt }) => (firstTextAt === null ? [] : [firstTextAt - askedAt]))
    .toSorted((a, b) => a - b);
  const at = (share: number): number => waits[Math.max(0, Math.ceil(share * waits.length) - 1)] ?? 0;
  const ids = [...chosen.keys()];
  return {
    answers: answers.length,
    ...{ byEnd, failures },
    moved: answers.filter(({ moved }) => moved > 0).length,
    resumed: answers.filter(({ resumed }) => resumed > 0).length,
    waitMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) },
    jain: jain([...members.values()].filter(({ asked }) => asked > 0).map(({ asked, got }) => got / asked)),
    tokens: written.reduce((sum, tokens) => sum + tokens, 0),
    machines: scenario.machines.map(({ name, engine }, index) => ({
      ...{ name, leads: engine !== null, tokens: written[index] ?? 0 },
      answers: ids.reduce((sum, id) => sum + (id === samples[0]?.ids[index] ? (chosen.get(id) ?? 0) : 0), 0),
      busy: mean(samples.map(({ running }) => Math.min(1, (running[index] ?? 0) / (engine?.slots ?? 1)))),
    })),
  };
}

/** (sum x)^2 / (n sum x^2) */
export function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;
}
