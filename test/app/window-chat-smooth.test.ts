// How smoothly an answer streams: the figures of a page that draws 100 tokens a second for 2,000 tokens, and of ten answers in a row.
import { loadavg } from 'node:os';
import type { Page } from 'playwright';
import { afterAll, expect, test } from 'vitest';
import { judged, p90, report } from '../report.ts';
import { done, placed } from './played-household.ts';
import { launchChromium } from './browser.ts';
import { framesWithin, tracedTasks } from './page-tasks.ts';
import { answer, ask, clipboard, playedWindows } from './played-window.ts';

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

const load = (): string => `load ${loadavg()[0]?.toFixed(1)}`;

/** Processor time of all the threads of the browser's pages so far, s, at a time, s. */
async function processorTime(page: Page): Promise<{ cpu: number; at: number }> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  if (session === undefined) throw new Error('the page has no browser');
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  return { cpu: renderers.reduce((sum, { cpuTime }) => sum + cpuTime, 0), at: performance.now() / 1000 };
}

const shareOf = (before: { cpu: number; at: number }, after: { cpu: number; at: number }): number =>
  ((after.cpu - before.cpu) / (after.at - before.at)) * 100;

/** MB, once it is cleared. */
async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1e6;
}

/** Notes in the page which tasks were long, ms, and in how many frames the conversation changed. Returns how to read it. */
async function watched(page: Page): Promise<() => Promise<{ tasks: number[]; frames: number }>> {
  await page.evaluate(() => {
    const seen = { tasks: [] as number[], frames: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((entries) => seen.tasks.push(...entries.getEntries().map(({ duration }) => duration))).observe({
      entryTypes: ['longtask'],
    });
    let counted = false;
    new MutationObserver(() => {
      if (counted) return;
      counted = true;
      seen.frames++;
      requestAnimationFrame(() => {
        counted = false;
      });
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { seen: { tasks: number[]; frames: number } }).seen);
}

const longest: number[] = [];
const busy: number[] = [];
const frames: number[] = [];

test.each(Object.keys(answers))('2,000 pieces at 100 a second are drawn without a long task: %s', async (kind) => {
  const { page, node, faults } = await open();
  const pieces = answers[kind] ?? [];
  node.script(() => [placed(), ...pieces.flatMap((text) => [{ kind: 'text' as const, text }, { wait: 10 }]), done(tokens)]);
  const seen = await watched(page);
  const heapBefore = await heap(page);
  const before = await processorTime(page);
  const tasksSince = await tracedTasks(page);
  await ask(page, 'Much');
  await answer(page, 'done').waitFor({ timeout: 240_000 });
  const after = await processorTime(page);
  const tasks = await tasksSince();
  const { tasks: long, frames: drawn } = await seen();
  await page.getByTestId('copy-answer').click();
  await expect.poll(() => clipboard(page)).toBe(pieces.join(''));
  const seconds = after.at - before.at;
  longest.push(Math.max(...tasks));
  busy.push((tasks.reduce((sum, ms) => sum + ms, 0) / 1000 / seconds) * 100);
  frames.push(drawn / seconds);
  const name = `streaming ${kind}, 100 tok/s x 2,000`;
  const note = load();
  figures.row({ name: `${name}: tasks over 50 ms`, value: long.length, unit: 'tasks', note });
  figures.row({
    name: `${name}: longest task, with what others took meanwhile`,
    value: Math.max(0, ...long),
    unit: 'ms',
    limit: 100,
    note,
  });
  const whole = shareOf(before, after);
  figures.row({
    name: `${name}: renderer, all threads`,
    value: whole,
    unit: '% of a core',
    limit: 30,
    note: `${note}; drawn without a GPU`,
  });
  figures.row({ name: `${name}: heap growth`, value: (await heap(page)) - heapBefore, unit: 'MB', limit: 30, note });
  expect(tasks.length).toBeGreaterThan(100);
  expect(faults).toEqual([]);
});

test('what streaming takes is within its goals', () => {
  const name = 'streaming prose, code and a list, 100 tok/s x 2,000';
  judged(figures, { name: `${name}: longest task, own processor time`, values: longest, unit: 'ms', goal: 100, note: load() });
  judged(figures, { name: `${name}: main thread busy`, values: busy, unit: '% of a core', goal: 30, note: load() });
  judged(figures, { name: `${name}: frames that changed the page, a second`, values: frames, unit: 'frames', goal: 20, note: load() });
});

test('ten answers leave the heap where it was', async () => {
  const { page, node } = await open();
  const texts = Object.values(answers).map((pieces) => pieces.join(''));
  const slices = (text: string): string[] => text.match(/[^]{1,160}/g) ?? [];
  let asked = 0;
  node.script(() => [
    placed(),
    ...slices(texts[asked++ % texts.length] ?? '').flatMap((text) => [{ kind: 'text' as const, text }, { wait: 10 }]),
    done(tokens),
  ]);
  const before = await heap(page);
  for (let run = 0; run < 10; run++) {
    await ask(page, `Much, ${run}`);
    await answer(page, 'done').nth(run).waitFor({ timeout: 120_000 });
  }
  const grown = (await heap(page)) - before;
  judged(figures, { name: 'ten answers of 2,000 tokens, all in the page: heap growth', values: [grown], unit: 'MB', goal: 30 });
});

test('the first piece is drawn soon after it came', async () => {
  const { page, node } = await open();
  const times: number[] = [];
  const own: number[] = [];
  for (let run = 0; run < 10; run++) {
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
    const tasksSince = await tracedTasks(page);
    sent = Date.now();
    go.resolve();
    times.push((await drawn) - sent);
    own.push((await tasksSince()).reduce((sum, ms) => sum + ms, 0));
    await page.keyboard.press('Escape');
    await answer(page, 'stopped').nth(run).waitFor();
  }
  figures.row({ name: 'first piece: from the node to drawn, p90 of 10', value: p90(times), unit: 'ms', limit: 150, note: load() });
  const name = 'first piece: from the node to drawn, own processor time';
  judged(figures, { name, values: own, unit: 'ms', goal: 150, note: load() });
});

test('a key in a box that holds a long text is on screen soon', async () => {
  const { page } = await open();
  const box = page.getByTestId('composer');
  // one line without end is the dearest; the last one is what the box holds at most
  for (const most of [20_000, 60_000, 200_000]) {
    await box.fill('The quick brown fox goes home to sleep. '.repeat(most / 40 - 1));
    await page.keyboard.press('ControlOrMeta+End');
    const own: number[] = [];
    for (let key = 0; key < 10; key++) {
      const tasksSince = await tracedTasks(page);
      await page.keyboard.press('x');
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
      own.push((await tasksSince()).reduce((sum, ms) => sum + ms, 0));
    }
    expect(await box.inputValue()).toMatch(/x{10}$/);
    const name = `a key with ${most} characters in the box: own processor time until it is drawn`;
    judged(figures, { name, values: own, unit: 'ms', goal: 100, note: load() });
  }
});

async function emptyPage(pause: (seconds: number) => Promise<void>): Promise<number> {
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.setContent('<textarea autofocus></textarea>');
  const before = await processorTime(page);
  await pause(15);
  const share = shareOf(before, await processorTime(page));
  await browser.close();
  return share;
}

test('a window in which nothing happens draws nothing, and takes next to nothing', async () => {
  const { page, node } = await open();
  await page.getByTestId('composer').focus();
  await expect.poll(() => framesWithin(page, 3000), { timeout: 60_000, interval: 0 }).toBe(0);
  const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const settled = 4;
  const looks = 6;
  // beside it, in a browser of its own, while the start is not over: what an empty page with a cursor takes
  const emptyShare = emptyPage(pause);
  let before = await processorTime(page);
  // a node looks at its machine this often, and tells what it saw
  for (let look = 0; look < settled + looks; look++) {
    // what the start left behind V8 has cleared up by now; a look at the time makes the page draw, so there are two of them in all
    if (look === settled) before = await processorTime(page);
    node.change((view) => ({
      ...view,
      self: { ...view.self, hardware: { ...view.self.hardware, ram: { totalMb: 7800, freeMb: 3000 + look } } },
    }));
    await pause(5);
  }
  const share = shareOf(before, await processorTime(page));
  expect(await page.getByTestId('composer').isVisible()).toBe(true);
  const empty = (await emptyShare).toFixed(2);
  const note = `${load()}; an empty page with a cursor that blinks takes ${empty}`;
  figures.row({ name: 'idle window: renderer, all threads', value: share, unit: '% of a core', limit: 0.5, note });
});
