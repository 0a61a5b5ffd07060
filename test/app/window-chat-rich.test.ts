// An answer with everything in it: thoughts, long code, a wide table, formulas, its figures, and one that broke off beneath it. S4 of the
// pictures that are looked at; and that nothing jumps while it comes.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { amiss, expectAccessible, picture } from './browser.ts';
import type { ScriptStep } from './played-answers.ts';
import { done, laptopView, placed } from './played-household.ts';
import { alone, answer, ask, playedWindows } from './played-window.ts';

const open = playedWindows();

const thoughts = [
  'The question is how to merge sorted runs, and what it costs. ',
  'A heap of the k heads gives the next element in O(log k); ',
  'a table of the alternatives helps, and the bound wants a formula.\n\n',
  'Ties: keep the order of the runs, so that the sort is stable.',
];

const code = `export type Run<T> = { readonly items: readonly T[]; at: number };

/** Merges sorted runs into one; of equal items the one of the earlier run comes first. */
export function mergeRuns<T>(runs: readonly (readonly T[])[], before: (one: T, other: T) => boolean): T[] {
  const heads: Run<T>[] = runs.filter((items) => items.length > 0).map((items) => ({ items, at: 0 }));
  const merged: T[] = [];
  while (heads.length > 0) {
    let least = 0;
    for (let other = 1; other < heads.length; other++) {
      if (before(heads[other].items[heads[other].at], heads[least].items[heads[least].at])) least = other;
    }
    const head = heads[least];
    merged.push(head.items[head.at]);
    head.at += 1;
    if (head.at === head.items.length) heads.splice(least, 1); // this run is used up; the others stay in their order, which keeps the sort stable
  }
  return merged;
}

// The same with a heap: worth it from about eight runs on.
export function mergeMany<T>(runs: readonly (readonly T[])[], compare: (one: T, other: T) => number): T[] {
  const heap = new Heap<{ item: T; run: number }>((one, other) => compare(one.item, other.item) || one.run - other.run);
  const iterators = runs.map((run) => run[Symbol.iterator]());
  iterators.forEach((iterator, run) => {
    const { done, value } = iterator.next();
    if (!done) heap.push({ item: value, run });
  });
  const merged: T[] = [];
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) {
    merged.push(next.item);
    const { done, value } = iterators[next.run].next();
    if (!done) heap.push({ item: value, run: next.run });
  }
  return merged;
}`;

const rich = `Merge the runs by always taking the **least head**. With few runs a look at each is enough; with many, keep the heads in a *heap*.

## In TypeScript

\`\`\`ts
${code}
\`\`\`

The call is \`mergeRuns([[1, 4], [2, 3]], (a, b) => a < b)\`, and gives \`[1, 2, 3, 4]\`.

## What it costs

With $n$ items in $k$ runs, the heap takes \\(O(n \\log k)\\), since each item goes in and out once:

\\[
T(n, k) = \\sum_{i=1}^{n} \\bigl( c_{\\text{pop}} + c_{\\text{push}} \\bigr) \\log_2 k \\;\\le\\; 2c \\, n \\log_2 k, \\qquad k \\ge 2, \\quad c = \\max\\bigl(c_{\\text{pop}}, c_{\\text{push}}\\bigr), \\quad \\lim_{k \\to n} T(n, k) = \\Theta(n \\log n)
\\]

| Way | Comparisons | Memory besides the result | Stable | Runs in parallel | Good for |
| --- | ---: | --- | :---: | --- | --- |
| Look at each head | $n(k-1)$ | one index a run | yes | no | two to eight runs |
| Heap | $2n\\log_2 k$ | $k$ entries | yes, with the run's number | no | many runs |
| Tournament tree | $n\\log_2 k$ | $2k$ entries | yes | no | runs on disk |
| Merge in pairs | $n\\lceil\\log_2 k\\rceil$ | $n$ items | yes | yes, pair by pair | several processors |

> Measure before you choose: for short runs the simple loop wins, because it stays in the cache.

1. Fewer than eight runs: \`mergeRuns\`.
2. More: \`mergeMany\`.
   - [x] keeps equal items in order
   - [ ] reads runs from disk
`;

/** In pieces as a model writes them, some of which end within a word, a mark or a formula. */
const pieces = rich.match(/[^]{1,9}/g) ?? [];
const streamed = (between = 0): ScriptStep[] => [
  placed(),
  ...thoughts.map((text): ScriptStep => ({ kind: 'thinking', text })),
  ...pieces.flatMap((text): ScriptStep[] => [{ kind: 'text', text }, ...(between === 0 ? [] : [{ wait: between }])]),
  done(812, 'qwen3:8b'),
];

/** All that comes later is there: the colours of the code, and the formulas' letters. */
async function settled(page: Page): Promise<void> {
  await page.locator('.hljs-keyword').first().waitFor();
  await page.locator('.katex').first().waitFor();
  await page.evaluate(async () => {
    await document.fonts.ready;
  });
}

const sizes = [
  { width: 1280, height: 800 },
  { width: 1100, height: 760 },
  { width: 360, height: 560 },
];

describe.each(['light', 'dark'] as const)('pictures, axe and what is cut off (S4), %s', (scheme) => {
  test.each(sizes)('$width x $height', { timeout: 120_000 }, async (size) => {
    const { page, node, faults } = await open(laptopView(), { ...size, scheme });
    const log = page.getByTestId('log');
    const look = async (name: string): Promise<void> => {
      await picture(page, `s4-${name}-${scheme}-${size.width}`);
      expect(await amiss(page), name).toEqual([]);
    };
    /** A part of the answer at the top of the page, as one who reads has it. */
    const at = async (selector: string, name: string): Promise<void> => {
      await answer(page, 'done')
        .locator(selector)
        .first()
        .evaluate((element) => element.scrollIntoView({ block: 'start' }));
      await look(name);
    };
    node.script(() => streamed());
    await ask(page, 'How do I merge sorted runs into one list, in TypeScript, and what does it cost?');
    await answer(page, 'done').waitFor();
    await settled(page);
    await log.evaluate((frame) => frame.scrollTo(0, 0));
    await look('top');
    await page.getByTestId('thinking').getByRole('button').click();
    await page.getByTestId('thinking-text').waitFor();
    await look('thoughts');
    await page.getByTestId('thinking').getByRole('button').click();
    await at('[data-testid=code-block]', 'code');
    await at('.katex-display', 'maths');
    await at('blockquote', 'end');
    node.script(() => [placed(), { kind: 'text', text: 'Runs on disk are read block by block, so that' }, { fail: 'leader-lost' }]);
    await ask(page, 'And when the runs are on disk?');
    await page.getByTestId('answer-failure').waitFor();
    await look('broken');
    node.change((view) => ({ ...alone(), settings: view.settings }));
    await page.getByTestId('banner').waitFor();
    await page.getByTestId('continue-later').waitFor();
    await look('banner');
    await expectAccessible(page, `rich answer ${scheme} ${size.width}`);
    expect(faults).toEqual([]);
  });
});

type Seen = { gaps: string[]; back: string[]; moved: string[] };

/**
 * Notes whenever something of the conversation changes its size, which is before each picture that the browser draws, where its end is and
 * where an element is that is read. Returns how to read the notes.
 */
async function watchedScroll(page: Page, read: string | null): Promise<() => Promise<Seen>> {
  await page.evaluate((selector) => {
    const frame = document.querySelector('[data-testid=log]');
    if (frame?.firstElementChild == null) throw new Error('there is no conversation');
    const element = selector === null ? null : document.querySelector(selector);
    const start = element?.getBoundingClientRect().top ?? 0;
    const seen = { gaps: [] as string[], back: [] as string[], moved: [] as string[] };
    Object.assign(window, { seen });
    const { scrollHeight } = frame;
    let last = { top: frame.scrollTop, scrollHeight };
    // the window's own observer was there before, so that it has set what it sets
    const observer = new ResizeObserver(() => {
      const { scrollTop: top, scrollHeight, clientHeight } = frame;
      const end = frame.textContent.slice(-60);
      const gap = scrollHeight - top - clientHeight;
      if (gap > 1) seen.gaps.push(`${gap} px: ${end}`);
      if (top < last.top - 1) seen.back.push(`${last.top - top} px, ${last.scrollHeight - scrollHeight} lower: ${end}`);
      last = { top, scrollHeight };
      const move = element === null ? 0 : element.getBoundingClientRect().top - start;
      if (Math.abs(move) > 1) seen.moved.push(`${move} px: ${end}`);
    });
    observer.observe(frame.firstElementChild);
  }, read);
  return () => page.evaluate(() => (window as unknown as { seen: Seen }).seen);
}

describe.each(sizes)('no jumpy scroll, $width x $height', (size) => {
  test('who is at the end stays there, and the page never goes back', { timeout: 120_000 }, async () => {
    const { page, node } = await open(laptopView(), size);
    node.script(() => [placed(), { kind: 'text', text: 'Yes.' }, done()]);
    await ask(page, 'Can runs be merged?');
    await answer(page, 'done').waitFor();
    node.script(() => streamed(4));
    await ask(page, 'How, in TypeScript, and what does it cost?');
    const seen = await watchedScroll(page, null);
    await answer(page, 'done').nth(1).waitFor({ timeout: 60_000 });
    await settled(page);
    const { gaps, back } = await seen();
    expect({ gaps, back }).toEqual({ gaps: [], back: [] });
  });

  test('who has scrolled up reads on, and nothing moves before their eyes, not at the end either', { timeout: 120_000 }, async () => {
    const { page, node } = await open(laptopView(), size);
    node.script(() => streamed(4));
    await ask(page, 'How do I merge sorted runs, in TypeScript, and what does it cost?');
    await page.getByText('The same with a heap').waitFor();
    await page.getByTestId('log').evaluate((frame) => frame.scrollTo(0, 0));
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
    const seen = await watchedScroll(page, '[data-testid=answer] h2');
    await answer(page, 'done').waitFor({ timeout: 60_000 });
    await settled(page);
    expect((await seen()).moved).toEqual([]);
  });
});
