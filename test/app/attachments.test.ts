// Pictures, texts and PDFs that go with a question: how they come to it, what they cost, what is refused and why.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Page } from 'playwright';
import { afterAll, describe, expect, test } from 'vitest';
import { attachmentLimits } from '../../src-shared/attachment-limits.ts';
import { imageFacts, imageLimits } from '../../src-shared/image.ts';
import type { PeerView } from '../../src-shared/peer.ts';
import { dropFiles, expectAccessible, picture } from './browser.ts';
import { chinesePdf, hugePng, locked, pdfFile, pngFile, showing } from './made-files.ts';
import { gpuDesktop, laptopView } from './played-household.ts';
import { answer, ask, called, eventually, focused, playedWindows } from './played-window.ts';

const open = playedWindows();
const secret = 'The cellar key hangs behind the clock.';

/** A desktop that is shown pictures, with a model that sees them beside the one that does not. */
function seeingDesktop(): PeerView {
  const peer = gpuDesktop();
  const leads = peer.offer?.leads;
  if (peer.offer == null || leads == null) throw new Error('the desktop leads');
  const llava = { name: 'llava:7b', loaded: false, sizeBytes: 4_700_000_000, contextLength: 32_768, capabilities: ['vision' as const] };
  return {
    ...peer,
    offer: { ...peer.offer, leads: { ...leads, engine: { ...leads.engine, images: true }, models: [...leads.models, llava] } },
  };
}
const seeing = () => laptopView({ peers: [seeingDesktop()] });

type Given = { name: string; buffer: Buffer };
async function attach(page: Page, ...files: Given[]): Promise<void> {
  const input = page.getByTestId('attach-input');
  const [first] = files;
  // megabytes go through the browser's own door, not through the debugger's
  if (first === undefined || first.buffer.length < 1024 * 1024 * 4)
    return input.setInputFiles(files.map((file) => ({ ...file, mimeType: 'application/octet-stream' })));
  const folder = mkdtempSync(path.join(tmpdir(), 'axon-large-'));
  writeFileSync(path.join(folder, first.name), first.buffer);
  await input.setInputFiles(path.join(folder, first.name));
  folders.push(folder);
}
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});
const chips = (page: Page) => page.getByTestId('draft-files').getByTestId('attachment');
const ready = (page: Page, kind: string) => page.getByTestId('draft-files').locator(`[data-testid=attachment][data-kind=${kind}]`);
const text = (name: string, content: string): Given => ({ name, buffer: Buffer.from(content) });

describe('a text', () => {
  test('is put to the draft with size and cost, can be looked at and taken off, and goes with the question', async () => {
    const { page, node, faults, outside } = await open();
    await attach(page, text('notes.md', secret), text('prices.csv', 'apples;3\npears;4\n'));
    await ready(page, 'text').nth(1).waitFor();
    expect(await chips(page).first().textContent()).toBe('notes.md38 bytes · about 16 tokens');
    await page.getByRole('button', { name: /^notes\.md/ }).click();
    await eventually(() => page.getByTestId('attachment-text').textContent()).toBe(secret);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Remove .*prices\.csv/ }).click();
    await eventually(() => chips(page).count()).toBe(1);
    await expect.poll(() => called(node, 'conversations.detach').length).toBe(1);
    // files alone are no question, and that is said where the question is written and where it would be sent
    expect(await page.getByTestId('send').isDisabled()).toBe(true);
    const wanted = 'Write what should be done with it';
    expect(await page.getByTestId('composer').getAttribute('placeholder')).toBe(wanted);
    expect(await page.getByTestId('send').getAttribute('title')).toBe(wanted);
    await expectAccessible(page, 'a file and no words');
    await picture(page, 'attach-wordless');
    await page.getByTestId('composer').fill('Where');
    expect(await page.getByTestId('send').getAttribute('title')).toBe('Send');
    await ask(page, 'Where is the key?');
    await answer(page, 'done').waitFor();
    expect(await chips(page).count()).toBe(0);
    const [sent] = [...node.conversations.values()][0]?.messages ?? [];
    expect(sent?.attachments).toMatchObject([{ kind: 'text', name: 'notes.md', characters: secret.length }]);
    const shown = page.getByTestId('message-files').getByTestId('attachment');
    expect(await shown.textContent()).toContain('notes.md');
    await shown.getByRole('button').click();
    await eventually(() => page.getByTestId('attachment-text').textContent()).toBe(secret);
    await expectAccessible(page, 'a text that is shown');
    expect({ faults, outside }).toEqual({ faults: [], outside: [] });
  });

  test('stays with its question when that is edited, asked again or asked in a new chat', async () => {
    const { page, node } = await open();
    await attach(page, text('notes.md', secret));
    await ready(page, 'text').waitFor();
    await ask(page, 'Where is the key?');
    await answer(page, 'done').waitFor();
    await page.getByTestId('question-frame').hover();
    await page.getByTestId('edit-question').click();
    await page.getByTestId('edit-box').fill('Where exactly?');
    await page.getByTestId('edit-send').click();
    await eventually(() => page.getByTestId('question').textContent()).toBe('Where exactly?');
    await answer(page, 'done').waitFor();
    expect(await page.getByTestId('message-files').textContent()).toContain('notes.md');
    expect(called(node, 'conversations.send').map((input) => (input as { attachments?: string[] }).attachments?.length)).toEqual([1, 1]);
  });

  test('that was being written is there with its file after the window was closed and opened again', async () => {
    const { page } = await open();
    await page.getByTestId('composer').fill('Where is');
    await attach(page, text('notes.md', secret));
    await ready(page, 'text').waitFor();
    await page.reload();
    await page.getByTestId('conversation-item').first().click();
    await eventually(() => page.getByTestId('composer').inputValue()).toBe('Where is');
    expect(await ready(page, 'text').textContent()).toContain('notes.md');
  });

  test('that is long and pasted becomes a file, and can be put into the message after all; a short one goes there at once', async () => {
    const { page } = await open();
    const paste = async (words: string): Promise<void> => {
      await page.evaluate((copied) => navigator.clipboard.writeText(copied), words);
      await page.getByTestId('composer').focus();
      await page.keyboard.press('ControlOrMeta+v');
    };
    await paste('a short one');
    await eventually(() => page.getByTestId('composer').inputValue()).toBe('a short one');
    const long = 'All of it, again and again. '.repeat(300);
    await paste(long);
    await ready(page, 'text').waitFor();
    expect(await page.getByTestId('composer').inputValue()).toBe('a short one');
    expect(await chips(page).textContent()).toContain('Pasted text.txt');
    await chips(page).getByRole('button').first().click();
    await page.getByTestId('attachment-into').click();
    await eventually(() => page.getByTestId('composer').inputValue()).toBe(`a short one\n\n${long}`);
    expect(await chips(page).count()).toBe(0);
  });
});

describe('a PDF', () => {
  test('gives its text, page by page', async () => {
    const { page, node, faults, outside } = await open();
    const file = pdfFile([showing('The lease ends in May.', 'Rent is due on the third.'), showing('Signed by both of them.')]);
    await attach(page, { name: 'lease.pdf', buffer: file });
    await ready(page, 'pdf').waitFor();
    expect(await chips(page).textContent()).toContain('2 pages');
    await chips(page).getByRole('button').first().click();
    await eventually(() => page.getByTestId('attachment-text').textContent()).toBe(
      'The lease ends in May.\nRent is due on the third.\n\nSigned by both of them.',
    );
    await page.keyboard.press('Escape');
    await ask(page, 'When does it end?');
    await answer(page, 'done').waitFor();
    expect([...node.conversations.values()][0]?.messages[0]?.attachments).toMatchObject([{ kind: 'pdf', name: 'lease.pdf', pages: 2 }]);
    expect({ faults, outside }).toEqual({ faults: [], outside: [] });
  });

  test('in Chinese gives its text, though neither its font nor its table of characters is in the file', async () => {
    const { page, faults, outside } = await open();
    await attach(page, { name: 'zh.pdf', buffer: chinesePdf(['c4e3bac3cac0bde7', 'd6d0cec4cec4b5b5']) });
    await ready(page, 'pdf').waitFor();
    await chips(page).getByRole('button').first().click();
    await eventually(() => page.getByTestId('attachment-text').textContent()).toBe('你好世界\n中文文档');
    expect({ faults, outside }).toEqual({ faults: [], outside: [] });
  });

  test('that would hold a reader up for minutes holds nothing up: one types on, and it is given up', async () => {
    const { page } = await open();
    await page.clock.install();
    // a page that draws nothing, in millions of steps, twenty times
    const packed = deflateSync(Buffer.from('q Q '.repeat(15_000_000)));
    const endless = pdfFile(Array.from({ length: 20 }, () => ({ packed })));
    expect(endless.length).toBeLessThan(2_000_000);
    await attach(page, { name: 'endless.pdf', buffer: endless });
    await ready(page, 'reading').waitFor();
    await page.getByTestId('composer').pressSequentially('meanwhile');
    expect(await page.getByTestId('composer').inputValue()).toBe('meanwhile');
    expect(await page.getByTestId('send').isDisabled()).toBe(true);
    await page.clock.fastForward(31_000);
    await eventually(() => page.getByTestId('attach-refused').textContent()).toContain('took too long');
    expect(await chips(page).count()).toBe(0);
    await ask(page, 'Still there?');
    await answer(page, 'done').waitFor();
  });
});

describe('a picture', () => {
  test.each(['light', 'dark'] as const)('is made smaller, shown, and goes to a model that sees; %s', async (scheme) => {
    const { page, node, faults, outside } = await open(seeing(), { scheme });
    await attach(page, { name: 'holiday.png', buffer: pngFile(3000, 1200) }, text('notes.md', secret));
    await ready(page, 'text').waitFor();
    await ready(page, 'image').getByTestId('thumbnail').waitFor();
    await page.getByTestId('composer').fill('What is in the picture?');
    await expectAccessible(page, `a draft with files, ${scheme}`);
    await picture(page, `attach-draft-${scheme}`);
    await page.getByTestId('composer').press('Enter');
    await answer(page, 'done').waitFor();
    const [sent] = [...node.conversations.values()][0]?.messages ?? [];
    const image = sent?.attachments?.find(({ kind }) => kind === 'image');
    expect(image).toMatchObject({ name: 'holiday.png', width: imageLimits.side, height: Math.round((imageLimits.side * 1200) / 3000) });
    const [given] = called(node, 'conversations.attach') as { attachment: { data: string } }[];
    expect(imageFacts(given?.attachment.data ?? '')).toMatchObject({ width: imageLimits.side });
    const drawn = page.getByTestId('message-files').getByTestId('thumbnail');
    await eventually(() => drawn.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(imageLimits.side);
    await expectAccessible(page, `a question with files, ${scheme}`);
    await picture(page, `attach-asked-${scheme}`);
    expect({ faults, outside }).toEqual({ faults: [], outside: [] });
  });

  test('is not sent to who cannot see it: it is said who can, and one click asks that one', async () => {
    const { page, node } = await open(seeing());
    await page.getByTestId('composer').fill('What is it?');
    await page.getByTestId('model-picker').click();
    await page
      .getByRole('option', { name: /smollm2/ })
      .first()
      .click();
    await attach(page, { name: 'holiday.png', buffer: pngFile(40, 30) });
    const notice = page.getByTestId('attach-blind');
    await eventually(() => notice.textContent()).toContain('does not see pictures');
    expect(await notice.textContent()).toContain('llava:7b on');
    expect(await notice.textContent()).toContain('GPU-DESKTOP');
    expect(await page.getByTestId('send').isDisabled()).toBe(true);
    await expectAccessible(page, 'nobody sees it');
    await picture(page, 'attach-blind');
    await page.getByTestId('attach-see').click();
    await eventually(() => notice.count()).toBe(0);
    await page.getByTestId('composer').press('Enter');
    await answer(page, 'done').waitFor();
    expect(called(node, 'conversations.send')).toMatchObject([{ model: 'llava:7b' }]);
  });

  test('waits where no machine has a model that sees', async () => {
    const { page } = await open();
    await page.getByTestId('composer').fill('What is it?');
    await attach(page, { name: 'holiday.png', buffer: pngFile(40, 30) });
    await eventually(() => page.getByTestId('attach-blind').textContent()).toContain('none has a model that sees pictures');
    expect(await page.getByTestId('send').isDisabled()).toBe(true);
    await page.getByTestId('attachment-remove').click();
    await eventually(() => page.getByTestId('send').isEnabled()).toBe(true);
  });

  test('that was copied is pasted as one', async () => {
    const { page } = await open(seeing());
    await page.evaluate(
      async (bytes) => {
        await navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([new Uint8Array(bytes)], { type: 'image/png' }) })]);
      },
      [...pngFile(60, 40)],
    );
    await page.getByTestId('composer').focus();
    await page.keyboard.press('ControlOrMeta+v');
    await ready(page, 'image').waitFor();
  });
});

test('what is dropped on the window goes to the question, and a key or an invite stays what it is', async () => {
  const { page, node } = await open();
  await dropFiles(page, [{ name: 'notes.md', text: secret }]);
  await ready(page, 'text').waitFor();
  const key = `/key/swarm/psk/1.0.0/\n/base16/\n${'0123456789abcdef'.repeat(4)}\n`;
  for (const files of [
    [{ name: 'swarm.key', text: key }],
    [{ name: 'renamed.txt', text: key }],
    [{ name: 'swarm.key', text: 'damaged' }],
    [{ name: 'digits', text: '0123456789abcdef'.repeat(4) }],
    [
      { name: 'a', text: key },
      { name: 'b.md', text: 'words' },
    ],
  ]) {
    await dropFiles(page, files);
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  expect(await chips(page).count()).toBe(1);
  expect(called(node, 'conversations.attach')).toMatchObject([{ attachment: { name: 'notes.md' } }]);
  // nor is one that is chosen
  await attach(page, text('renamed.txt', key));
  await eventually(() => page.getByTestId('attach-refused').textContent()).toContain('key of a swarm');
});

test('each file that cannot be attached has its own words, and changes nothing', async () => {
  const { page, node, faults } = await open(seeing());
  const notice = page.getByTestId('attach-refused');
  const said = new Set<string>();
  const bad: [Given, string][] = [
    [{ name: 'empty.txt', buffer: Buffer.alloc(0) }, 'nothing in it'],
    [{ name: 'program.txt', buffer: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]) }, 'no text, picture or PDF'],
    [{ name: 'latin.txt', buffer: Buffer.from('caf\u00e9', 'latin1') }, 'no text, picture or PDF'],
    [{ name: 'disk.img', buffer: Buffer.alloc(attachmentLimits.fileBytes.text + 1) }, 'no text, picture or PDF'],
    [text('long.txt', 'x'.repeat(1024 * 1024 + 1)), '1 MB'],
    [{ name: 'half.png', buffer: pngFile(50, 50).subarray(0, 60) }, 'damaged'],
    [{ name: 'bomb.png', buffer: hugePng(60_000, 60_000) }, '64 million pixels'],
    [{ name: 'scan.tiff', buffer: Buffer.from('II*\0aaaaaaaaaaaa') }, 'PNG, JPEG, WebP or GIF'],
    [{ name: 'vector.heic', buffer: Buffer.from('\0\0\0\x18ftypheic') }, 'PNG, JPEG, WebP or GIF'],
    [text('broken.pdf', '%PDF-1.4 and then nothing of the kind'), 'cannot be read'],
    [{ name: 'locked.pdf', buffer: pdfFile([showing('hidden')], { trailer: locked }) }, 'password'],
    [{ name: 'scanned.pdf', buffer: pdfFile([Buffer.from('0 0 10 10 re f')]) }, 'only pictures of pages'],
    [{ name: 'thick.pdf', buffer: pdfFile(Array.from({ length: 301 }, () => showing('x'))) }, '300 pages'],
    [{ name: 'large.pdf', buffer: Buffer.concat([Buffer.from('%PDF-1.4'), Buffer.alloc(20 * 1024 * 1024)]) }, '20 MB'],
  ];
  for (const [file, words] of bad) {
    await attach(page, file);
    await eventually(() => notice.textContent()).toContain(file.name);
    expect([file.name, await notice.textContent()]).toEqual([file.name, expect.stringContaining(words)]);
    said.add((await notice.textContent())?.replace(file.name, '') ?? '');
    await eventually(() => chips(page).count()).toBe(0);
    await notice.getByRole('button').click();
    await eventually(() => notice.count()).toBe(0);
  }
  // three are binary, and two are pictures of a kind that is not taken
  expect(said.size).toBe(bad.length - 3);
  await attach(page, ...Array.from({ length: 11 }, (_, at) => text(`${at}.txt`, `number ${at}`)));
  await eventually(() => notice.textContent()).toContain('up to 10 files');
  await ready(page, 'text').nth(9).waitFor();
  expect(called(node, 'conversations.attach')).toHaveLength(10);
  expect(faults).toEqual([]);
});

test('by keyboard alone: attach, look, take off', async () => {
  const { page } = await open();
  await page.getByTestId('composer').focus();
  const chooser = page.waitForEvent('filechooser');
  for (let steps = 0; steps < 8; steps += 1) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === 'attach') break;
  }
  await page.keyboard.press('Enter');
  await (await chooser).setFiles([{ name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from(secret) }]);
  await ready(page, 'text').waitFor();
  const box = await page.getByTestId('attachment-remove').boundingBox();
  expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
  await chips(page).getByRole('button').first().focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('attachment-text').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('attachment-text').waitFor({ state: 'detached' });
  await page.getByTestId('attachment-remove').focus();
  await page.keyboard.press('Space');
  await eventually(() => chips(page).count()).toBe(0);
});

test('the context says what the files take, and warns before they are too much', async () => {
  const peer = gpuDesktop();
  const leads = peer.offer?.leads;
  const models = leads?.models.map((model) => ({ ...model, contextLength: 1000 }));
  const view = laptopView({ peers: [{ ...peer, offer: { ...peer.offer, leads: { ...leads, models } } as typeof peer.offer }] });
  const { page } = await open(view);
  await attach(page, text('half.txt', 'x'.repeat(1750)));
  await eventually(() => page.getByTestId('context-meter').textContent()).toBe('51%');
  await attach(page, text('more.txt', 'x'.repeat(1400)));
  await eventually(() => page.getByTestId('context-notice').textContent()).toContain('nearly full');
  // nothing was said yet that could be summed up
  expect(await page.getByTestId('context-notice').textContent()).toContain('Attach only the part that matters');
  expect(await page.getByTestId('summarise').count()).toBe(0);
});
