// What an answer looks like: code with colours, formulas, and neither of them blinking while they grow.
import { expect, test } from 'vitest';
import { expectAccessible } from './browser.ts';
import { answer, ask, playedWindows, clipboard } from './played-window.ts';
import { done, laptopView, placed } from './played-household.ts';

const open = playedWindows();

const code = 'export function add(a: number, b: number): number {\n  // sums\n  return a + b; // "both"\n}\n';
const formulas = String.raw`Einstein: $E = mc^2$, and \(a^2 + b^2 = c^2\). It costs $5 and then $10.

\[
\int_0^1 \frac{\sqrt{x}}{1 + x^2}\,dx \le \boxed{\pi}
\]

Broken: $\frac{1$ and \(\notacommand{x}\).`;

const script = (text: string) => [placed(), ...text.split('').map((piece) => ({ kind: 'text' as const, text: piece })), done()];

test.each(['light', 'dark'] as const)('code is coloured, copied whole, and plain in a language that nobody knows; %s', async (scheme) => {
  const { page, node, faults } = await open(laptopView(), { scheme });
  node.script(() => script(`Here:\n\n\`\`\`ts\n${code}\`\`\`\n\n\`\`\`klingon\nqapla "x"\n\`\`\`\n\n\`\`\`\nno language\n\`\`\`\n`));
  await ask(page, 'Code');
  await answer(page, 'done').waitFor();
  const blocks = page.getByTestId('code-block');
  await blocks.nth(0).locator('.hljs-keyword').first().waitFor();
  expect(await blocks.nth(0).locator('pre').textContent()).toBe(code.slice(0, -1));
  expect(await blocks.nth(1).locator('pre span').count()).toBe(0);
  expect(await blocks.nth(2).locator('pre').textContent()).toBe('no language');
  const ink = await blocks
    .nth(0)
    .locator('.hljs-keyword')
    .first()
    .evaluate((element) => getComputedStyle(element).color);
  expect(ink).not.toBe(
    await blocks
      .nth(1)
      .locator('code')
      .evaluate((element) => getComputedStyle(element).color),
  );
  await blocks.nth(0).getByTestId('copy-code').click();
  await expect.poll(() => clipboard(page)).toBe(code.slice(0, -1));
  await expectAccessible(page, `code ${scheme}`);
  expect(faults).toEqual([]);
});

test('formulas are set, money is not, and what KaTeX does not know stays as it was written; all under the page’s policy', async () => {
  const { page, node, faults, outside } = await open();
  node.script(() => script(formulas));
  await ask(page, 'Maths');
  await answer(page, 'done').waitFor();
  const inside = answer(page, 'done');
  await inside.locator('.katex-display').waitFor();
  expect(await inside.locator('.katex').count()).toBe(3);
  // nothing of it needs a style attribute that the policy would refuse
  expect(
    await inside
      .locator('.katex .frac-line')
      .first()
      .evaluate((line) => getComputedStyle(line).borderBottomStyle),
  ).toBe('solid');
  await expect.poll(() => page.evaluate(() => document.fonts.check('16px KaTeX_Main'))).toBe(true);
  expect(await inside.textContent()).toContain('It costs $5 and then $10.');
  expect(await inside.getByTestId('formula').and(page.locator('[data-failed]')).allTextContents()).toEqual([
    '\\frac{1',
    '\\notacommand{x}',
  ]);
  await expectAccessible(page, 'formulas');
  expect({ faults, outside }).toEqual({ faults: [], outside: [] });
});

test('a finished block is not drawn again while the answer goes on nor when it ends, and growing code never loses its colours', async () => {
  const { page, node } = await open();
  let goOn: () => void = () => undefined;
  const later = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const lines = Array.from({ length: 160 }, (_, at) => `const line${at} = "${at}";\n`);
  node.script(() => [
    placed(),
    { kind: 'text', text: `\`\`\`ts\n${code}\`\`\`\n\nThen:\n\n\`\`\`js\nconst first = 1;\nconst second` },
    { until: later },
    { kind: 'text', text: ' = 2;\n' },
    ...lines.flatMap((text) => [{ kind: 'text' as const, text }, { wait: 8 }]),
    { kind: 'text', text: '```\n' },
    done(),
  ]);
  await ask(page, 'Much code');
  const blocks = page.getByTestId('code-block');
  await blocks.nth(0).locator('.hljs-keyword').first().waitFor();
  await blocks.nth(1).locator('.hljs-keyword').first().waitFor();
  // every change within the finished block, and every moment in which the growing one has no colours
  await page.evaluate(() => {
    const [finished, growing] = [...document.querySelectorAll('[data-testid=code-block] pre')];
    const seen = { changes: 0, colourless: 0 };
    Object.assign(window, { seen, parts: [finished, growing] });
    if (finished === undefined || growing === undefined) throw new Error('two blocks were expected');
    new MutationObserver((changes) => {
      seen.changes += changes.length;
    }).observe(finished, { childList: true, subtree: true, characterData: true });
    new MutationObserver(() => {
      if (growing.querySelector('.hljs-keyword') === null) seen.colourless++;
    }).observe(growing, { childList: true, subtree: true, characterData: true });
  });
  goOn();
  await answer(page, 'done').waitFor();
  await expect.poll(() => blocks.nth(1).locator('.hljs-keyword').count()).toBe(162);
  expect(await page.evaluate(() => (window as unknown as { seen: object }).seen)).toEqual({ changes: 0, colourless: 0 });
  expect(await page.evaluate(() => (window as unknown as { parts: Element[] }).parts.every((part) => part.isConnected))).toBe(true);
  // what is finished of a long code is laid out by itself, and who marks all of it to copy it gets its lines as they are
  const marked = await blocks
    .nth(1)
    .locator('pre code')
    .evaluate((element) => {
      const boxes = [...element.children].filter((child) => getComputedStyle(child).display === 'block').length;
      getSelection()?.selectAllChildren(element);
      return { boxes, text: getSelection()?.toString() };
    });
  expect(marked.boxes).toBeGreaterThan(1);
  expect(marked.text?.trimEnd()).toBe(`const first = 1;\nconst second = 2;\n${lines.join('')}`.trimEnd());
});
