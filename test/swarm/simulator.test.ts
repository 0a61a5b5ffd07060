// The shipping swarm under virtual time: thousands of seeds, and a planted fault for each rule (simulator/README.md).
import { expect, test } from 'vitest';
import { report } from '../report.ts';
import { figuresOf, jain } from './simulator/figures.ts';
import { svgPicture, terminalPicture } from './simulator/picture.ts';
import { plants } from './simulator/plants.ts';
import { randomFor } from './simulator/random.ts';
import { smallScenario } from './simulator/scenario.ts';
import { failingText, runSeeds } from './simulator/seeds.ts';
import { shrunk } from './simulator/shrink.ts';
import { simulate } from './simulator/simulate.ts';
import { timeline } from './simulator/timeline.ts';

const long = process.env['AXON_LONG'] === '1';
/** The goal is 10,000 in three minutes on two cores. */
const count = long ? 10_000 : 1500;
const minutes = 60_000;

test('no answer is lost or doubled, nothing leaks, nobody starves, whatever breaks', { timeout: 15 * minutes }, async () => {
  const before = process.cpuUsage();
  const { summary, failing, seconds, startSeconds } = await runSeeds({ from: 1, count });
  const { user, system } = process.cpuUsage(before);
  const work = (user + system) / 1e6;
  const figures = report('reliability');
  const note = `${summary.seeds} seeds, ${summary.events} events; shipping swarm, jobs and membership under virtual time`;
  const perSeed = (seconds - startSeconds) / summary.seeds;
  figures.row({ name: 'simulated: 10,000 seeds at this pace', value: startSeconds + 10_000 * perSeed, unit: 's', limit: 180, note });
  // whoever shares the machine with others sees here what of the seconds was its own
  figures.row({ name: 'simulated: processor seconds per 1,000 seeds', value: (work * 1000) / summary.seeds, unit: 's' });
  figures.row({ name: 'simulated: seeds', value: summary.seeds, unit: 'seeds', limit: count, direction: 'min' });
  figures.row({ name: 'simulated: answers', value: summary.answers, unit: 'answers' });
  figures.row({ name: 'simulated: answers that moved in the middle', value: summary.moved, unit: 'answers' });
  figures.row({ name: 'simulated: answers that came back over a broken link', value: summary.resumed, unit: 'answers' });
  const broken = (...rules: string[]): number =>
    failing.filter(({ violations }) => violations.some(({ rule }) => rules.includes(rule))).length;
  figures.row({ name: 'simulated: seeds with an answer lost', value: broken('lost', 'endless'), unit: 'seeds', limit: 0 });
  figures.row({ name: 'simulated: seeds with text doubled or missing', value: broken('text', 'engine'), unit: 'seeds', limit: 0 });
  figures.row({
    name: 'simulated: seeds with another broken rule',
    value: broken('leak', 'starved', 'queue', 'placement', 'removed'),
    unit: 'seeds',
    limit: 0,
  });
  figures.write();
  expect(failing.length, failingText(failing)).toBe(0);
  // the seeds are worth something only if things happen in them
  expect(summary.moved).toBeGreaterThan(count / 20);
  expect(summary.resumed).toBeGreaterThan(count / 40);
});

test('the same seed gives the same trace, byte for byte', async () => {
  const traces: string[] = [];
  for (const seed of [11, 12, 11, 12]) traces.push((await simulate(smallScenario(seed), { trace: true })).trace.join('\n'));
  const [one, other, again, otherAgain] = traces;
  expect(one?.length).toBeGreaterThan(1000);
  expect(again).toBe(one);
  expect(otherAgain).toBe(other);
  expect(other).not.toBe(one);
});

test.each(plants)('finds it: $name', async ({ rule, plant, of = smallScenario }) => {
  const found: string[] = [];
  let seed = 0;
  while (!found.includes(rule) && seed < 400) {
    seed += 1;
    const { violations } = await simulate(of(seed), plant());
    found.push(...violations.map((violation) => violation.rule));
  }
  expect(found).toContain(rule);
  expect((await simulate(of(seed))).violations).toEqual([]);
});

test('a failing simulation is made smaller, and still fails', async () => {
  const lost = plants.find(({ rule }) => rule === 'lost');
  const fails = async (scenario: ReturnType<typeof smallScenario>): Promise<boolean> =>
    (await simulate(scenario, lost?.plant())).violations.some(({ rule }) => rule === 'lost');
  let seed = 1;
  while (!(await fails(smallScenario(seed)))) seed += 1;
  const whole = smallScenario(seed);
  const small = await shrunk(whole, fails, 60);
  expect(small.questions.length).toBeLessThan(whole.questions.length);
  expect(small.faults.length).toBeGreaterThan(0);
  expect(await fails(small)).toBe(true);
});

test('virtual time: order, ties, cancelled events, and promises that settle in between', async () => {
  const time = timeline();
  const seen: string[] = [];
  time.at(20, () => seen.push('c'));
  time.at(10, () => {
    seen.push('a');
    void Promise.resolve().then(async () => {
      for (let step = 0; step < 1000; step += 1) await Promise.resolve();
      seen.push('settled');
    });
  });
  time.at(10, () => seen.push('b'));
  time.at(15, () => seen.push('never'))();
  time.at(40, () => seen.push('later'));
  await time.run(30);
  expect([seen, time.now()]).toEqual([['a', 'settled', 'b', 'c'], 30]);
});

test('chance: the same seed gives the same numbers, and they are even', () => {
  const [one, again, other] = [randomFor('x'), randomFor('x'), randomFor('y')];
  const numbers = Array.from({ length: 10_000 }, () => one.next());
  expect(numbers.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => again.next()));
  expect(numbers[0]).not.toBe(other.next());
  const tenths = Array.from({ length: 10 }, (_, tenth) => numbers.filter((value) => Math.floor(value * 10) === tenth).length);
  for (const found of tenths) expect(Math.abs(found - 1000)).toBeLessThan(150);
});

test('figures and pictures of a simulation', async () => {
  const result = await simulate(smallScenario(7), { sampleMs: 500 });
  const figures = figuresOf(result);
  expect(figures.answers).toBe(result.answers.length);
  expect(figures.waitMs.p50).toBeLessThanOrEqual(figures.waitMs.p99);
  expect(figures.machines.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(figures.tokens);
  expect(terminalPicture(result, figures)).toContain('█');
  expect(svgPicture(result, figures)).toMatch(/^<svg [\s\S]*<\/svg>$/);
  expect([jain([5, 5, 5]), jain([1, 0, 0])]).toEqual([1, 1 / 3]);
});
