// npm run simulate: one simulation with a report and a picture, or many seeds; see README.md.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { figuresOf, type Figures } from './figures.ts';
import { svgPicture, terminalPicture } from './picture.ts';
import { scenario, smallScenario, type Scenario } from './scenario.ts';
import { failingText, runSeeds } from './seeds.ts';
import { shrunk } from './shrink.ts';
import { simulate, type Result } from './simulate.ts';
import { summaryOf } from './summary.ts';

const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    nodes: { type: 'string', default: '12' },
    members: { type: 'string', default: '6' },
    minutes: { type: 'string', default: '20' },
    /** Of each member, a minute. */
    questions: { type: 'string', default: '1' },
    /** Of each machine, an hour. */
    faults: { type: 'string', default: '2' },
    small: { type: 'boolean', default: false },
    seeds: { type: 'string' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    svg: { type: 'string' },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
/** A large swarm takes minutes; whoever watches sees that it gets on, and a file of what was said gets a line for every five of its minutes. */
let told = 0;
function progress(at: number, of: number): void {
  if (!process.stderr.isTTY) {
    if (at < of && at < told + 5 * 60_000) return;
    told = at;
    process.stderr.write(`${(at / 60_000).toFixed(1)} of ${(of / 60_000).toFixed(1)} virtual minutes\n`);
    return;
  }
  process.stderr.write(at < of ? `\r${(at / 60_000).toFixed(1)} of ${(of / 60_000).toFixed(1)} virtual minutes` : `\r${' '.repeat(40)}\r`);
}
const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`not a number: ${text}`);
  return value;
};

function reportText(result: Result, figures: Figures, seconds: number): string {
  const { scenario: of, events, ms } = result;
  const list = (counts: Record<string, number>): string =>
    Object.entries(counts)
      .toSorted(([, a], [, b]) => b - a)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ') || 'none';
  const ways = figures.machines.filter(({ answers }) => answers > 0).toSorted((a, b) => b.answers - a.answers);
  const wait = (value: number): string => `${(value / 1000).toFixed(2)} s`;
  const { p50, p90, p99, most } = figures.waitMs;
  return [
    `seed ${of.seed}: ${of.machines.length} machines, ${new Set(of.questions.map(({ by }) => by)).size} members who ask, ${of.faults.length} faults`,
    `${(ms / 60_000).toFixed(1)} virtual minutes, ${events} events in ${seconds.toFixed(1)} s`,
    '',
    terminalPicture(result, figures),
    '',
    `answers        ${figures.answers}: ${list(figures.byEnd)}`,
    `failures       ${list(figures.failures)}`,
    `moved          ${figures.moved} went on elsewhere in the middle; ${figures.resumed} came back over a broken link`,
    `first text     p50 ${wait(p50)}, p90 ${wait(p90)}, p99 ${wait(p99)}, at most ${wait(most)}`,
    `fairness       Jain's index over members ${figures.jain.toFixed(4)}`,
    `tokens         ${figures.tokens}`,
    `placements     ${ways
      .slice(0, 8)
      .map(({ name, answers, busy }) => `${name} ${answers} (${Math.round(busy * 100)} %)`)
      .join(', ')}${ways.length > 8 ? ` and ${ways.length - 8} more` : ''}`,
    `broken rules   ${result.violations.length === 0 ? 'none' : result.violations.length}`,
    ...result.violations.slice(0, 20).map(({ rule, at, what }) => `  ${(at / 1000).toFixed(3)} s ${rule}: ${what}`),
  ].join('\n');
}

async function many(count: number): Promise<boolean> {
  const { summary, failing, seconds } = await runSeeds({ from: number(given.seed), count });
  say(
    `${summary.seeds} seeds in ${seconds.toFixed(1)} s (${((seconds * 1000) / summary.seeds).toFixed(1)} s a thousand), ${summary.events} events`,
  );
  say(`${summary.answers} answers: ${summary.done} done, ${summary.moved} of them moved, ${summary.resumed} resumed`);
  say(`failed: ${JSON.stringify(summary.failed)}; stopped ${summary.stopped}, with the asker's machine ${summary.crashed}`);
  say(failing.length === 0 ? 'broken rules: none' : `${failing.length} seeds break a rule\n${failingText(failing)}`);
  return failing.length === 0;
}

async function small(of: Scenario): Promise<Scenario> {
  const { violations } = await simulate(of);
  const rules = new Set(violations.map(({ rule }) => rule));
  if (rules.size === 0) return of;
  const found = await shrunk(of, async (smaller) => (await simulate(smaller)).violations.some(({ rule }) => rules.has(rule)));
  say(
    `shrunk from ${of.faults.length} faults and ${of.questions.length} questions to ${found.faults.length} and ${found.questions.length}`,
  );
  return found;
}

async function one(): Promise<boolean> {
  const seed = number(given.seed);
  const [nodes, members, minutes] = [number(given.nodes), number(given.members), number(given.minutes)];
  const size = { nodes, members, minutes, questionsPerMinute: number(given.questions), longer: 5, faultsPerHour: number(given.faults) };
  const whole = given.small ? smallScenario(seed) : scenario(seed, size);
  const of = given.shrink ? await small(whole) : whole;
  const began = performance.now();
  const result = await simulate(of, { trace: given.trace, progress, sampleMs: Math.max(250, (of.minutes * 60_000) / 720) });
  const figures = figuresOf(result);
  if (given.trace) say(result.trace.join('\n'));
  say(reportText(result, figures, (performance.now() - began) / 1000));
  if (given.svg !== undefined) writeFileSync(given.svg, svgPicture(result, figures));
  return summaryOf(result).answers > 0 && result.violations.length === 0;
}

const well = given.seeds === undefined ? await one() : await many(number(given.seeds));
process.exitCode = well ? 0 : 1;
