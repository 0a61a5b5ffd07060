// What a screen reader hears of an answer: that it waits, began, moved and ended, and never its words (ux.md, E 12). Every live region of the
// window is listened to; the node is played.
import { expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { announced, type Said } from './announced.ts';
import type { ScriptStep } from './played-answers.ts';
import { desktopId, done, miniId, placed } from './played-household.ts';
import { answer, ask, eventually, playedWindows } from './played-window.ts';

const open = playedWindows();

const tokens = 2000;
const text = (words: string): ChatChunk => ({ kind: 'text', text: words });
/** Of the answer's own region. */
const told = (...words: string[]): Said[] => words.map((one) => ({ region: 'announcer', words: one }));
/** What is waited for at least two seconds only where the machine that tests is slow; each is told once then. */
const shortWaits = new Set([
  'Finding a machine',
  'GPU-DESKTOP is thinking',
  'GPU-DESKTOP is thinking it over',
  'GPU-DESKTOP is reading your words',
  'Reconnecting to GPU-DESKTOP. Nothing is lost.',
  'GPU-DESKTOP went away, looking for another machine',
  'mac-mini is reading what was written so far',
]);
/** All but those. Spaces that do not break are spaces to the ear. */
function heard(said: readonly Said[], times = 1): Said[] {
  const all = said.map(({ region, words }) => ({ region, words: words.replaceAll('\u00a0', ' ') }));
  const short = all.filter(({ region, words }) => region === 'announcer' && shortWaits.has(words));
  for (const { words } of short) expect(short.filter((one) => one.words === words).length, words).toBeLessThanOrEqual(times);
  return all.filter((one) => !short.includes(one));
}

const placedOn = (peerId: string, name: string): ChatChunk => {
  const chunk = placed();
  return chunk.kind === 'placed' ? { kind: 'placed', placement: { ...chunk.placement, leader: { peerId, name } } } : chunk;
};

/** A door that a script waits at. */
function gate(): { step: ScriptStep; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { step: { until: promise }, open: resolve };
}

/** Prose, a list, code, a table and a formula, in as many pieces as a model would write. */
function wholeAnswer(): string[] {
  const pieces = ['## Sorting\n\n'];
  const add = (count: number, piece: (at: number) => string): void => {
    for (let at = 0; at < count; at++) pieces.push(piece(at));
  };
  add(700, (at) => (at % 40 === 39 ? `word${at}.\n\n` : at % 11 === 0 ? `**word${at}** ` : `word${at} `));
  add(300, (at) => (at % 10 === 0 ? `\n- item ${at} ` : `w${at} `));
  pieces.push('\n\n```ts\n');
  add(600, (at) => (at % 6 === 5 ? `"${at}";\n` : at % 6 === 0 ? 'const ' : `a${at} `));
  pieces.push('```\n\n', '| a | b |\n', '| --- | --- |\n');
  add(200, (at) => (at % 2 === 0 ? `| c${at} ` : `| d${at} |\n`));
  pieces.push('\nSo \\(n \\log n\\).\n\n');
  while (pieces.length < tokens) pieces.push(`and ${pieces.length} `);
  return pieces;
}

test('of a whole answer of 2,000 tokens its beginning and its end, and nothing else in any region', async () => {
  const { page, node } = await open();
  const said = await announced(page);
  const pieces = wholeAnswer();
  expect(pieces).toHaveLength(tokens);
  node.script(() => [
    placed(),
    { kind: 'thinking', text: 'Let me see. ' },
    { kind: 'thinking', text: 'A list, then.' },
    ...pieces.flatMap((piece) => [text(piece), { wait: 2 }]),
    done(tokens),
  ]);
  await ask(page, 'How does one sort?');
  await answer(page, 'done').waitFor({ timeout: 120_000 });
  await page.locator('.hljs-keyword').first().waitFor();
  await page.locator('.katex').first().waitFor();
  expect(heard(await said())).toEqual(told('The answer has begun.', 'The answer is complete.'));
  // it listened to what was written, wherever it stood
  expect(await page.locator('[role=log]').textContent()).toContain('word699');
});

test('of a place in line, a model that loads and a machine that goes away: each once, no figure that runs, no word of the answer', async () => {
  const { page, node } = await open();
  const said = await announced(page);
  const [line, load, part] = [gate(), gate(), gate()];
  const places = [9, 8, 7, 6, 5, 4, 3, 2, 1];
  node.script(() => [
    placed(),
    { kind: 'queued', position: 10, etaMs: 95_000 },
    line.step,
    ...places.flatMap((position): ScriptStep[] => [{ kind: 'queued', position, etaMs: position * 9000 }, { wait: 60 }]),
    { kind: 'loading', model: 'qwen3:8b', progress: 0 },
    load.step,
    ...Array.from({ length: 40 }, (_, at): ScriptStep[] => [
      { kind: 'loading', model: 'qwen3:8b', progress: (at + 1) / 40 },
      { wait: 30 },
    ]).flat(),
    ...Array.from({ length: 20 }, (_, at): ScriptStep[] => [{ kind: 'reading', progress: (at + 1) / 20 }, { wait: 20 }]).flat(),
    text('It begins '),
    part.step,
    { kind: 'reconnecting', leader: { peerId: desktopId, name: 'GPU-DESKTOP' } },
    { wait: 100 },
    { kind: 'seam', lost: { peerId: desktopId, name: 'GPU-DESKTOP' }, code: 'leader-lost', at: 10 },
    { wait: 100 },
    placedOn(miniId, 'mac-mini'),
    { kind: 'reading', progress: 0.5 },
    { wait: 100 },
    text('and ends.'),
    { wait: 300 },
    done(),
  ]);
  const lastSaid = async (): Promise<string | undefined> => heard(await said()).at(-1)?.words;
  await ask(page, 'What?');
  await eventually(lastSaid).toBe('10th in line on GPU-DESKTOP, about 2 min');
  line.open();
  await eventually(lastSaid).toBe('GPU-DESKTOP is loading qwen3:8b');
  load.open();
  await eventually(lastSaid).toBe('The answer has begun.');
  part.open();
  await answer(page, 'done').waitFor();
  await eventually(async () => heard(await said())).toEqual(
    told(
      '10th in line on GPU-DESKTOP, about 2 min',
      'GPU-DESKTOP is loading qwen3:8b',
      'The answer has begun.',
      'GPU-DESKTOP went away, continuing on mac-mini',
      'The answer is complete.',
    ),
  );
});

test('an answer that fails says so with its reason, once more when it fails again, and not again when it is only shown', async () => {
  const { page, node } = await open();
  const said = await announced(page);
  node.script(() => [placed(), text('Half of it'), { wait: 200 }, { fail: 'leader-lost' }]);
  await ask(page, 'What?');
  await page.getByTestId('answer-failure').waitFor();
  const once = ['The answer has begun.', 'The answer was not finished. The machine went away while it answered.'];
  await eventually(async () => heard(await said(), 2)).toEqual(told(...once));
  await page.getByTestId('retry').click();
  await eventually(async () => heard(await said(), 2)).toEqual(told(...once, ...once));
  // another conversation, and back: what stands there was said
  await page.getByTestId('new-chat').click();
  await page.getByTestId('chat-empty').waitFor();
  await page.getByTestId('conversation-item').first().click();
  await page.getByTestId('answer-failure').waitFor();
  expect(heard(await said(), 2)).toEqual(told(...once, ...once));
});

test('to look into another conversation is not the end of an answer, nor to come back its beginning', async () => {
  const { page, node } = await open();
  const said = await announced(page);
  await ask(page, 'Short story?');
  await answer(page, 'done').waitFor();
  await page.getByTestId('new-chat').click();
  node.script(() => [placed(), text('It goes on'), { hold: true }]);
  await ask(page, 'Long story?');
  await page.getByText('It goes on').waitFor();
  await page.getByTestId('conversation-item').getByText('Short story?').click();
  await answer(page, 'done').waitFor();
  await page.getByTestId('conversation-item').getByText('Long story?').click();
  await page.getByText('It goes on').waitFor();
  await page.keyboard.press('Escape');
  await answer(page, 'stopped').waitFor();
  await eventually(async () => heard(await said(), 2)).toEqual(
    told('The answer has begun.', 'The answer is complete.', 'The answer has begun.', 'The answer was not finished.'),
  );
});
