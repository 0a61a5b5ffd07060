// What a person sees in the built window when answers wait, move, break off and go on; the node is played (fake-node-server.ts).
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { expectAccessible, picture, stands } from './browser.ts';
import { desktopId, done, gpuDesktop, laptopView, placed } from './played-household.ts';
import type { ScriptStep } from './played-answers.ts';
import { answer, ask, playedWindows } from './played-window.ts';

const open = playedWindows();

const studioId = '12D3KooWStudioStudioStudioStudioStudioStudioStud';
const desktop = { peerId: desktopId, name: 'GPU-DESKTOP' };
const studio = { peerId: studioId, name: 'STUDIO' };

/** A laptop that asks two machines. */
function twoLeaders(): SwarmView {
  const view = laptopView();
  const second = gpuDesktop();
  const { offer } = second;
  return {
    ...view,
    peers: [gpuDesktop(), { ...second, peerId: studioId, name: 'STUDIO', offer: offer === null ? null : { ...offer, name: 'STUDIO' } }],
  };
}
const nobodyLeads = (view: SwarmView): SwarmView => ({
  ...view,
  peers: [],
  self: { ...view.self, role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader: null } } },
});

const phase = (page: Page) => page.getByTestId('answer-phase');

const placedOn = (leader: typeof desktop): ChatChunk => {
  const chunk = placed();
  return chunk.kind === 'placed' ? { kind: 'placed', placement: { ...chunk.placement, leader } } : chunk;
};
const text = (words: string): ChatChunk => ({ kind: 'text', text: words });
const seam = (at: number, lost = desktop): ChatChunk => ({ kind: 'seam', lost, code: 'leader-lost', at });

/** A door that a script waits at. */
function gate(): { step: ScriptStep; open: () => void } {
  let open: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { step: { until }, open };
}

const markdown = `Two steps **sort** the list, and \`n\` is its length.

1. Compare *neighbours*:
   - swap them when they stand wrong,
   - and go on.
2. Do it again until nothing moves.

\`\`\`ts
function sort(list: number[]): number[] {
  for (let end = list.length; end > 1; end--) {
    for (let at = 1; at < end; at++) if (list[at - 1] > list[at]) swap(list, at);
  }
  return list;
}
\`\`\`

| step | cost |
| --- | --- |
| compare | \`n²\` |
| swap | less |

That is all.
`;
const inCode = markdown.indexOf('list.length');
const inList = markdown.indexOf('wrong,') + 2;
const inMarks = markdown.indexOf('**sort**') + 4;

/** The text in small pieces, with something at some places of it. */
function pieces(source: string, between: Record<number, ScriptStep[]> = {}): ScriptStep[] {
  const cuts = [...new Set([...Object.keys(between).map(Number), ...Array.from({ length: source.length / 7 }, (_, at) => (at + 1) * 7)])]
    .filter((at) => at < source.length)
    .sort((a, b) => a - b);
  const steps: ScriptStep[] = [];
  for (const [at, cut] of [...cuts, source.length].entries()) {
    steps.push(text(source.slice(cuts[at - 1] ?? 0, cut)), ...(between[cut] ?? []));
  }
  return steps;
}

const proseOf = (page: Page) => page.locator('[data-testid=answer] > div').first();
/** What was drawn, without the ids that React numbers. */
const drawn = async (page: Page): Promise<string> => (await proseOf(page).innerHTML()).replaceAll(/ (?:id|for|aria-[a-z]+)="[^"]*"/g, '');

describe('an answer that moves', () => {
  test('through a code block, a list and between two marks: the page is the one of an undisturbed answer', async () => {
    const { page, node, faults } = await open(twoLeaders());
    node.script(() => [placedOn(desktop), ...pieces(markdown), done()]);
    await ask(page, 'How do I sort?');
    await answer(page, 'done').waitFor();
    // the colours of code come when what makes them is there
    await proseOf(page).locator('.hljs-keyword').first().waitFor();
    const undisturbed = await drawn(page);
    expect(undisturbed).toContain('<table>');

    const [cut, move] = [gate(), gate()];
    const between = {
      [inMarks]: [{ kind: 'reconnecting' as const, leader: desktop }, { wait: 30 }],
      [inList]: [seam(inList), { wait: 30 }, placedOn(studio), { kind: 'reading' as const }, { wait: 30 }],
      [inCode]: [cut.step, seam(inCode, studio), move.step, placedOn(desktop)],
    };
    await page.getByTestId('new-chat').click();
    node.script(() => [placedOn(desktop), ...pieces(markdown, between), done()]);
    await ask(page, 'How do I sort?');
    await page.getByText('let end').waitFor();
    // From here on the text is watched: it may only grow.
    await proseOf(page).evaluate((prose) => {
      let longest = 0;
      const shrunk: string[] = [];
      const look = (): void => {
        const { length } = prose.textContent;
        if (!prose.isConnected || length < longest) shrunk.push(`${length} after ${longest}`);
        longest = Math.max(longest, length);
      };
      look();
      new MutationObserver(look).observe(prose.parentElement ?? prose, { childList: true, characterData: true, subtree: true });
      Object.assign(window, { shrunk });
    });
    cut.open();
    await expect.poll(() => phase(page).getAttribute('data-phase')).toBe('moving');
    expect(await phase(page).textContent()).toBe('STUDIO went away, looking for another machine');
    expect(await proseOf(page).textContent()).toContain('for (let end =');
    move.open();
    await answer(page, 'done').waitFor();
    await expect.poll(() => proseOf(page).locator('.hljs-keyword').count()).toBe(undisturbed.split('hljs-keyword').length - 1);
    expect(await drawn(page)).toBe(undisturbed);
    expect(await page.evaluate(() => (window as unknown as { shrunk: string[] }).shrunk)).toEqual([]);
    expect(await page.getByTestId('answer-moved').count()).toBe(0);
    await answer(page, 'done').getByRole('button', { name: 'Copy the answer' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(markdown);
    expect(faults).toEqual([]);
  });

  test('says who went away and who goes on; the line and the card name both', async () => {
    const { page, node } = await open(twoLeaders());
    const [first, second, third, last] = [gate(), gate(), gate(), gate()];
    node.script(() => [
      placedOn(desktop),
      text('It begins '),
      first.step,
      { kind: 'reconnecting', leader: desktop },
      second.step,
      seam(10),
      placedOn(studio),
      { kind: 'queued', position: 2, etaMs: 21_000 },
      third.step,
      text('and ends.'),
      last.step,
      done(),
    ]);
    await ask(page, 'What?');
    await page.getByText('It begins').waitFor();
    first.open();
    await expect.poll(() => phase(page).textContent()).toBe('Reconnecting to GPU-DESKTOP. Nothing is lost.');
    second.open();
    await expect.poll(() => phase(page).textContent()).toBe('2nd in line on STUDIO, about 20\u00a0s');
    expect(await page.getByTestId('answer-moved').textContent()).toBe('GPU-DESKTOP went away, continuing on STUDIO');
    expect(await proseOf(page).textContent()).toContain('It begins');
    third.open();
    await page.getByText('It begins and ends.').waitFor();
    expect(await page.getByTestId('answer-moved').count()).toBe(1);
    last.open();
    await answer(page, 'done').waitFor();
    await expect.poll(() => page.getByTestId('announcer').textContent()).toBe('The answer is complete.');
    expect(await page.getByTestId('answer-moved').count()).toBe(0);
    expect(await page.getByTestId('answer-line').textContent()).toMatch(/^GPU-DESKTOP, then STUDIO · /);
    await page.getByTestId('answer-line').click();
    const route = page.getByTestId('answer-route').getByRole('listitem');
    expect(await route.allTextContents()).toEqual(['GPU-DESKTOP53% of the text · went away', 'STUDIO47% of the text']);
  });

  test('before its first word: nothing is said of the machine that was left', async () => {
    const { page, node } = await open(twoLeaders());
    node.script(() => [placedOn(desktop), { wait: 50 }, seam(0), placedOn(studio), text('Hello.'), { wait: 200 }, done()]);
    await ask(page, 'Hi');
    await page.getByText('Hello.').waitFor();
    expect(await page.getByTestId('answer-moved').count()).toBe(0);
    await answer(page, 'done').waitFor();
    expect(await page.getByTestId('answer-line').textContent()).toMatch(/^STUDIO · /);
  });
});

describe('an answer that broke off', () => {
  test('goes on where it stopped, by keyboard, as one text', async () => {
    const { page, node } = await open(twoLeaders());
    node.script(() => [placedOn(desktop), ...pieces(markdown.slice(0, inCode)), { fail: 'leader-lost' }]);
    await ask(page, 'How do I sort?');
    await page.getByTestId('continue').waitFor();
    expect(await answer(page, 'failed').textContent()).toContain('What was written so far is kept.');
    node.script((_question, continued) => [
      placedOn(studio),
      ...pieces(markdown.slice(continued?.text.length ?? 0)),
      { wait: 200 },
      done(),
    ]);
    await page.getByTestId('continue').focus();
    await page.keyboard.press('Enter');
    await answer(page, 'done').waitFor();
    expect(await page.getByTestId('answer').count()).toBe(1);
    await answer(page, 'done').getByRole('button', { name: 'Copy the answer' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(markdown);
    expect(await page.getByTestId('answer-line').textContent()).toMatch(/^GPU-DESKTOP, then STUDIO · /);
    expect(node.calls.find(({ name }) => name === 'conversations.continue')?.input).toMatchObject({ shown: inCode, wait: false });
  });

  test('waits for a machine when asked to, is stopped, and goes on later', async () => {
    const { page, node } = await open(twoLeaders());
    node.script(() => [placedOn(desktop), text('Half of it'), { fail: 'leader-lost' }]);
    await ask(page, 'What?');
    await page.getByTestId('answer-failure').waitFor();
    node.change(nobodyLeads);
    const back = gate();
    node.script((_question, continued) =>
      continued?.wait === true
        ? [{ kind: 'waiting', code: 'no-leader' }, back.step, placedOn(studio), text(', and the rest.'), done()]
        : [{ fail: 'no-leader' }],
    );
    await page.getByTestId('continue-later').click();
    expect(await page.getByTestId('continue').count()).toBe(0);
    await expect.poll(() => phase(page).textContent()).toBe('No machine can go on now. It continues by itself once one is back.');
    expect(await proseOf(page).textContent()).toBe('Half of it');
    await page.keyboard.press('Escape');
    await answer(page, 'stopped').waitFor();
    expect(await page.getByTestId('answer-unfinished').textContent()).toContain('You stopped it here.');
    await page.getByTestId('continue-later').click();
    await expect.poll(() => phase(page).getAttribute('data-phase')).toBe('waiting');
    back.open();
    await answer(page, 'done').waitFor();
    expect(await proseOf(page).textContent()).toBe('Half of it, and the rest.');
  });
});

describe.each(['light', 'dark'] as const)('axe, fit and pictures, %s', (scheme) => {
  test.each([{ width: 1000 }, { width: 420 }])('$width wide', { timeout: 120_000 }, async ({ width }) => {
    const { page, node } = await open(twoLeaders(), { width, height: 760, scheme });
    const look = async (name: string): Promise<void> => {
      await stands(page);
      await picture(page, `failover-${name}-${scheme}${width < 760 ? '-420' : ''}`);
      await expectAccessible(page, `${name} ${scheme} ${width}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), name).toBe(true);
    };
    const gates = Array.from({ length: 6 }, gate);
    const at = (index: number): ScriptStep => gates[index]?.step ?? { wait: 0 };
    const head = pieces(markdown.slice(0, inCode));
    node.script(() => [
      placedOn(desktop),
      { kind: 'queued', position: 3, etaMs: 95_000 },
      at(0),
      ...head,
      { kind: 'reconnecting', leader: desktop },
      at(1),
      seam(inCode),
      at(2),
      placedOn(studio),
      { kind: 'loading', model: 'smollm2-135m-instruct', progress: 0.4 },
      at(3),
      ...pieces(markdown.slice(inCode, -12)),
      at(4),
      { fail: 'queue-full', retryAfterMs: 42_000 },
    ]);
    await ask(page, 'How do I sort a list, and what does it cost?');
    const seen = async (kind: string, name: string, next: number): Promise<void> => {
      await expect.poll(() => phase(page).getAttribute('data-phase')).toBe(kind);
      await look(name);
      gates[next]?.open();
    };
    await seen('queued', 'queued', 0);
    await seen('reconnecting', 'reconnecting', 1);
    await seen('moving', 'moving', 2);
    await seen('loading', 'moved', 3);
    await page.getByText('swap(list').waitFor();
    await phase(page).waitFor({ state: 'detached' });
    await look('writing');
    gates[4]?.open();
    await page.getByTestId('answer-failure').waitFor();
    await look('failed');
    node.change(nobodyLeads);
    await page.getByTestId('continue-later').waitFor();
    await look('nobody');
    node.script(() => [{ kind: 'waiting', code: 'no-leader' }, at(5), placedOn(desktop), text(markdown.slice(-12)), done()]);
    await page.getByTestId('continue-later').click();
    await seen('waiting', 'waiting', -1);
    await page.keyboard.press('Escape');
    await page.getByTestId('answer-unfinished').waitFor();
    await look('stopped');
    node.change(() => ({ ...twoLeaders(), settings: { ...twoLeaders().settings, colorScheme: scheme } }));
    gates[5]?.open();
    await page.getByTestId('continue').click();
    await answer(page, 'done').waitFor();
    await page.getByTestId('answer-line').click();
    await page.getByTestId('answer-route').waitFor();
    await look('route');
  });
});
