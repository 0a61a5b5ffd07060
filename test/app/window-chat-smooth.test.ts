// How smoothly an answer streams: the figures of a page that draws 100 tokens a second for 2,000 tokens.
import { loadavg } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { p90, report } from '../report.ts';
import { done, placed } from './fake-node-server.ts';
import { answer, ask, playedWindows } from './played-window.ts';

const open = playedWindows();
const figures = report('window');
afterAll(() => void figures.write());

const tokens = 2000;
/** What models write: prose, in paragraphs; and the two that are the hardest to draw, since their last block grows all the while. */
const answers: Readonly<Record<string, string[]>> = {
  prose: Array.from({ length: tokens }, (_, at) => `w${at}${at % 25 === 24 ? '\n\n' : ' '}`),
  code: [
    '```ts\n',
    ...Array.from({ length: tokens }, (_, at) => (at % 8 === 7 ? `"${at}"; // why\n` : at % 8 === 0 ? 'const ' : `a${at} + `)),
    '```\n',
  ],
  list: Array.from({ length: tokens }, (_, at) => (at % 10 === 0 ? `\n- **item** ${at} ` : `w${at} `)),
};

test.each(Object.keys(answers))('2,000 pieces at 100 a second are drawn without a long task, and the heap stays flat: %s', async (kind) => {
  const { page, node, faults } = await open();
  const pieces = answers[kind] ?? [];
  node.script(() => [placed(), ...pieces.flatMap((text) => [{ kind: 'text' as const, text }, { wait: 10 }]), done(tokens)]);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const metric = async (wanted: string): Promise<number> =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
  const heap = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6;
  };
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((entries) => tasks.push(...entries.getEntries().map(({ duration }) => duration))).observe({
      entryTypes: ['longtask'],
    });
  });
  const before = { heap: await heap(), busy: await metric('TaskDuration'), at: await metric('Timestamp') };
  await ask(page, 'Much');
  await answer(page, 'done').waitFor({ timeout: 120_000 });
  const busy = ((await metric('TaskDuration')) - before.busy) / ((await metric('Timestamp')) - before.at);
  const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
  const grown = (await heap()) - before.heap;
  const said = kind === 'prose' ? pieces.join('') : `${tokens - 1}`;
  expect(((await answer(page, 'done').textContent()) ?? '').replaceAll(/\s/g, '')).toContain(said.replaceAll(/\s/g, ''));
  const name = `streaming ${kind}, 100 tok/s x 2,000`;
  const note = `load ${loadavg()[0]?.toFixed(1)}`;
  figures.row({ name: `${name}: tasks over 50 ms`, value: tasks.length, unit: 'tasks', note });
  figures.row({ name: `${name}: longest task`, value: Math.max(0, ...tasks), unit: 'ms', limit: 100, note });
  figures.row({ name: `${name}: main thread busy`, value: busy * 100, unit: '% of a core', limit: 30, note });
  figures.row({ name: `${name}: heap growth`, value: grown, unit: 'MB', limit: 30, note });
  expect(faults).toEqual([]);
});

test('the first piece is drawn soon after it came', async () => {
  const { page, node } = await open();
  const times: number[] = [];
  for (let run = 0; run < 5; run++) {
    let sent = 0;
    const go = Promise.withResolvers<void>();
    node.script(() => [placed(), { until: go.promise }, { kind: 'text', text: `first word ${run}` }, { hold: true }]);
    await ask(page, `Question ${run}`);
    await page.locator('[data-phase=placed]').waitFor();
    const drawn = page.evaluate(
      (words) =>
        new Promise<number>((resolve) => {
          const look = (): void => {
            if (document.body.textContent?.includes(words)) requestAnimationFrame(() => resolve(Date.now()));
            else requestAnimationFrame(look);
          };
          look();
        }),
      `first word ${run}`,
    );
    sent = Date.now();
    go.resolve();
    times.push((await drawn) - sent);
    await page.keyboard.press('Escape');
    await answer(page, 'stopped').nth(run).waitFor();
  }
  figures.row({ name: 'first piece: from the node to drawn, p90 of 5', value: p90(times), unit: 'ms', limit: 150 });
  expect(times).toHaveLength(5);
});
