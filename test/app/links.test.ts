// The person in front of a hostile page: every address of the table through every door of the window, in a real Electron and in Chromium.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtWindow, launchChromium, watchedPage } from './browser.ts';
import { launchApp, newHome, removeHome, type App } from './electron.ts';
import { startFakeNode } from './fake-node-server.ts';
import { done, laptopView, placed } from './played-household.ts';
import { addresses, afterParsing } from './hostile-addresses.ts';

const ofText = addresses.map(({ opens }) => opens).filter((address) => address !== null);
const ofParsed = addresses.map(afterParsing).filter((address) => address !== null);
const texts = addresses.map(({ text }) => text);

describe('Electron', () => {
  let app: App;
  const home = newHome();
  beforeAll(async () => {
    // else Chromium ignores whatever comes after 200 navigations in ten seconds, and the last addresses of the table are never tried
    app = await launchApp({ home, args: ['--disable-ipc-flooding-protection'] });
    await app.page.getByTestId('first-run-create').waitFor();
    // What would have been handed to the system.
    await app.electron.evaluate(({ shell }) => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      shell.openExternal = (url: string) => {
        seen.push(url);
        return Promise.resolve();
      };
    });
    // From now on the page keeps the ports that it is handed.
    await app.page.context().addInitScript(() => {
      const kept: unknown[] = [];
      Object.assign(globalThis, { kept });
      addEventListener('message', ({ data, ports, origin }) => {
        if ((data as { axon?: unknown } | null)?.axon === 'ports') kept.push({ origin, ports: [...ports] });
      });
    });
    await app.page.reload();
    await app.page.getByTestId('first-run-create').waitFor();
  });
  afterAll(async () => {
    await app.quit();
    removeHome(home);
  });

  /** By the main process: Playwright waits for ever on a page that was refused a navigation. */
  const runInPage = (code: string): Promise<unknown> =>
    app.electron.evaluate(
      ({ BrowserWindow }, script) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(script, true) as Promise<unknown>,
      code,
    );
  /**
   * A refused navigation may bring the page home a moment later, and a page that is just arriving has no body yet: what failed in one is run
   * again in the other.
   */
  const inPage = async (code: string): Promise<unknown> => {
    const until = Date.now() + 5000;
    for (;;) {
      try {
        return await runInPage(code);
      } catch (error) {
        if (Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const takeSeen = (): Promise<string[]> => app.electron.evaluate(() => (globalThis as unknown as { seen: string[] }).seen.splice(0));
  /** Waits until so many were seen, so that one too many is seen as well. */
  const seenAtLength = async (length: number): Promise<string[]> => {
    const seen: string[] = [];
    await expect
      .poll(async () => {
        seen.push(...(await takeSeen()));
        return seen.length;
      })
      .toBeGreaterThanOrEqual(length);
    return seen;
  };
  // What the document itself says as well: the window has our address before it, and while it is still read; a navigation then leaves it empty.
  const state = () =>
    app.electron.evaluate(async ({ BrowserWindow, webContents }) => {
      const windows = BrowserWindow.getAllWindows().map((window) => window.webContents);
      const said = "location.href + ' ' + document.readyState + ' ' + (document.body !== null)";
      const asked = windows.map((contents) => contents.executeJavaScript(said).catch(String) as Promise<string>);
      const nothing = new Promise<string>((resolve) => setTimeout(resolve, 1000, 'no answer'));
      return {
        documents: await Promise.all(asked.map((answer) => Promise.race([answer, nothing]))),
        urls: windows.map((contents) => contents.getURL()),
        contents: webContents.getAllWebContents().length,
        loading: windows.map((contents) => contents.isLoading()),
        frames: windows.map(({ mainFrame }) => mainFrame.framesInSubtree.length),
      };
    });
  const alone = {
    documents: ['app://axon/index.html complete true'],
    urls: ['app://axon/index.html'],
    contents: 1,
    loading: [false],
    frames: [1],
  };

  test('the ports come once, from our own page, and carry the desktop calls', async () => {
    await expect.poll(() => app.page.evaluate(() => (globalThis as unknown as { kept: unknown[] }).kept.length)).toBe(1);
    const origins = await app.page.evaluate(() =>
      (globalThis as unknown as { kept: { origin: string }[] }).kept.map(({ origin }) => origin),
    );
    expect(origins).toEqual(['app://axon']);
  });

  test('openLink, called as a page that was taken over would call it', async () => {
    const statuses = await app.page.evaluate(async (list) => {
      const port = (globalThis as unknown as { kept: { ports: MessagePort[] }[] }).kept[0]?.ports[1];
      if (port === undefined) throw new Error('no port');
      const answers = list.map(
        (url, at) =>
          new Promise<number>((resolve) => {
            const id = String(9_000 + at);
            port.addEventListener('message', ({ data }) => {
              const message = JSON.parse(String(data)) as { i: string; p: { s?: number } };
              if (message.i === id) resolve(message.p.s ?? 200);
            });
            port.postMessage(JSON.stringify({ i: id, p: { u: '/openLink', b: { json: { url } } } }));
          }),
      );
      return await Promise.all(answers);
    }, texts);
    const refusal = (text: string): number => (text.length > 2000 ? 400 : 403);
    expect(statuses).toEqual(addresses.map(({ text, opens }) => (opens === null ? refusal(text) : 200)));
    expect((await takeSeen()).toSorted()).toEqual(ofText.toSorted());
  });

  test('window.open and a link with a target of its own', async () => {
    for (const text of texts) await inPage(`try { window.open(${JSON.stringify(text)}, '_blank') } catch {}; 0`);
    expect(await seenAtLength(ofParsed.length)).toEqual(ofParsed);
    for (const text of texts)
      await inPage(
        `{ const a = document.createElement('a'); a.href = ${JSON.stringify(text)}; a.target = '_blank'; document.body.append(a); a.click(); a.remove(); }; 0`,
      );
    expect(await seenAtLength(ofParsed.length)).toEqual(ofParsed);
    await expect.poll(state).toEqual(alone);
  });

  test('navigation, by script, link and form, goes nowhere and opens nothing', async () => {
    const ways = [
      (address: string) => `location.href = ${address}`,
      (address: string) => `const a = document.createElement('a'); a.href = ${address}; document.body.append(a); a.click(); a.remove()`,
      (address: string) =>
        `const f = document.createElement('form'); f.action = ${address}; document.body.append(f); f.submit(); f.remove()`,
    ];
    for (const text of texts) {
      for (const way of ways) {
        await inPage(`try { ${way(JSON.stringify(text))} } catch {}; 0`);
        // Chromium goes to about:blank by itself for some; then the page comes back.
        await expect.poll(state, { interval: 5 }).toEqual(alone);
      }
    }
    expect(await takeSeen()).toEqual([]);
    expect(await inPage('globalThis.ran === undefined')).toBe(true);
  });

  // A blank page is shown without asking, and to refuse another navigation while one is on its way ended the app, node and all.
  test.each([
    { where: 'a page', begin: 'const inside = document', end: '' },
    {
      where: 'a frame',
      begin: "const one = document.createElement('iframe'); document.body.append(one); const inside = one.contentDocument",
      end: 'setTimeout(() => one.remove(), 60)',
    },
  ])('two navigations at once, of $where, end nothing', async ({ begin, end }) => {
    for (let round = 0; round < 60; round += 1) {
      await inPage(`{ ${begin};
        const form = inside.createElement('form'); form.action = 'https://'; inside.body.append(form); form.submit(); form.remove();
        setTimeout(() => { inside.defaultView.location.href = 'http://exa mple.org/' }, ${round % 20}); ${end} }; 0`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await expect.poll(state, { timeout: 5000 }).toEqual(alone);
    }
    expect(app.process.exitCode ?? app.process.signalCode).toBe(null);
    expect(await takeSeen()).toEqual([]);
  });

  test('nothing is fetched from a network, also where no navigation was refused', async () => {
    const heard: string[] = [];
    const server = createServer(({ url }, response) => {
      heard.push(url ?? '');
      response.end('here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const outcome = await app.electron.evaluate(async ({ BrowserWindow }, to) => {
      const load = async (partition: string | undefined): Promise<string> => {
        const window = new BrowserWindow({ show: false, webPreferences: partition === undefined ? {} : { partition } });
        for (const event of ['did-navigate', 'did-fail-load'] as const) window.webContents.removeAllListeners(event);
        try {
          await window.loadURL(`${to}/${partition ?? 'ours'}`);
          return 'loaded';
        } catch (error) {
          return /ERR_[A-Z_]+/.exec(String(error))?.[0] ?? String(error);
        } finally {
          window.destroy();
        }
      };
      return [await load(undefined), await load('elsewhere')];
    }, address);
    server.close();
    expect(outcome).toEqual(['ERR_BLOCKED_BY_CLIENT', 'loaded']);
    expect(heard.filter((path) => path !== '/favicon.ico')).toEqual(['/elsewhere']);
  });

  test('a frame and a guest stay empty', async () => {
    await expect.poll(state).toEqual(alone);
    for (const text of texts) {
      const address = JSON.stringify(text);
      await inPage(`for (const kind of ['iframe', 'object', 'embed', 'webview']) {
        const one = document.createElement(kind);
        for (const name of ['src', 'data']) try { one[name] = ${address}; one.setAttribute(name, ${address}) } catch {}
        document.body.append(one); }; 0`);
    }
    // A refused frame says the address it was meant for; its document says where it is.
    const loaded = async (): Promise<string[]> => {
      const urls = await app.electron.evaluate(async ({ BrowserWindow }) => {
        const frames = BrowserWindow.getAllWindows().flatMap(({ webContents }) => webContents.mainFrame.framesInSubtree.slice(1));
        return (await Promise.all(frames.map((frame) => frame.executeJavaScript('location.href')))) as string[];
      });
      return urls.filter((url) => !url.startsWith('about:blank') && url !== 'chrome-error://chromewebdata/');
    };
    // a frame that is being refused has no document to ask yet
    await expect.poll(() => loaded().catch(String)).toEqual([]);
    expect(await app.electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
    expect(await takeSeen()).toEqual([]);
    expect(await inPage('globalThis.ran === undefined')).toBe(true);
    await inPage("document.querySelectorAll('iframe, object, embed, webview').forEach((one) => one.remove())");
  });

  test('a window that is made elsewhere is caged too', async () => {
    const outcome = await app.electron.evaluate(async ({ BrowserWindow }) => {
      const window = new BrowserWindow({ show: false });
      await window.loadURL('app://axon/index.html');
      await window.webContents.executeJavaScript(
        "void window.open('file:///etc/passwd'); void window.open('https://example.org/'); location.href = 'http://127.0.0.1:9/'",
        true,
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      const seen = { url: window.webContents.getURL(), windows: BrowserWindow.getAllWindows().length };
      window.destroy();
      return seen;
    });
    expect(outcome).toEqual({ url: 'app://axon/index.html', windows: 2 });
    expect(await takeSeen()).toEqual(['https://example.org/']);
  });

  test('no permission but copying', async () => {
    const asked =
      (await inPage(`Promise.all(['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read', 'background-sync', 'persistent-storage', 'screen-wake-lock', 'idle-detection', 'local-fonts', 'window-management', 'storage-access']
      .map((name) => navigator.permissions.query({ name }).then(({ state }) => name + ' ' + state, () => name + ' unknown')))`)) as string[];
    expect(asked.filter((line) => line.endsWith('granted'))).toEqual([]);
    const tries = [
      'navigator.mediaDevices.getUserMedia({ audio: true })',
      'navigator.mediaDevices.getDisplayMedia({ video: true })',
      'navigator.clipboard.readText()',
      "Notification.requestPermission().then((state) => { if (state !== 'granted') throw state })",
      'new Promise((told, failed) => navigator.geolocation.getCurrentPosition(told, failed))',
      'navigator.requestMIDIAccess({ sysex: true })',
      'navigator.usb.requestDevice({ filters: [] })',
      'navigator.hid.requestDevice({ filters: [] }).then((list) => { if (list.length === 0) throw list })',
      'navigator.serial.requestPort()',
      'navigator.bluetooth.requestDevice({ acceptAllDevices: true })',
      'queryLocalFonts().then((list) => { if (list.length === 0) throw list })',
      'new IdleDetector().start()',
      'navigator.keyboard.lock()',
      'document.documentElement.requestFullscreen()',
      'document.documentElement.requestPointerLock()',
    ];
    const granted: string[] = [];
    for (const attempt of tries) {
      // Whatever asks nobody and waits is not granted either.
      const outcome = `Promise.race([(async () => { await ${attempt} })().then(() => true, () => false), new Promise((told) => setTimeout(told, 1000, false))])`;
      if ((await inPage(outcome)) === true) granted.push(attempt);
    }
    expect(granted).toEqual([]);
  });

  test('the same doors with the cage taken off open and go', async () => {
    const outcome = await app.electron.evaluate(async ({ BrowserWindow, shell }, list) => {
      const window = new BrowserWindow({ show: false });
      const { webContents } = window;
      for (const event of ['will-navigate', 'will-frame-navigate', 'did-navigate'] as const) webContents.removeAllListeners(event);
      webContents.setWindowOpenHandler(({ url }) => {
        void shell.openExternal(url);
        return { action: 'deny' };
      });
      await window.loadURL('app://axon/index.html');
      for (const text of list) await webContents.executeJavaScript(`try { window.open(${JSON.stringify(text)}) } catch {}; 0`, true);
      const gone = new Promise<string>((resolve) => webContents.once('did-start-navigation', ({ url }) => resolve(url)));
      await webContents.executeJavaScript("location.href = 'http://127.0.0.1:9/'; 0", true);
      const url = await gone;
      window.destroy();
      return url;
    }, texts);
    expect(outcome).toBe('http://127.0.0.1:9/');
    const seen = await seenAtLength(ofParsed.length + 20);
    expect(seen).toContain('smb://server/share');
  });
});

describe('the web window', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test('offers what may be opened, opens what it showed, on the second click only', async () => {
    const node = await startFakeNode({ root: builtWindow, view: laptopView() });
    const { page, context, outside, faults } = await watchedPage(browser, node.origin);
    await context.addInitScript(() => {
      const opened: string[] = [];
      Object.assign(globalThis, { opened, open: (url: string) => void opened.push(url) });
    });
    await page.goto(node.address);
    // One link a paragraph; angle brackets hold an address with spaces, and end at one of themselves. Control characters are written out
    // by Markdown, so that other addresses come of them.
    const linkable = texts.filter((text) => !/[<>\u0000-\u001f]/.test(text));
    node.script(() => [placed(), { kind: 'text', text: linkable.map((text, at) => `[link ${at}](<${text}>)`).join('\n\n') }, done()]);
    await page.getByTestId('composer').fill('Links, please');
    await page.getByTestId('composer').press('Enter');
    await page.locator('[data-testid=answer][data-state=done]').waitFor();
    expect(linkable.length).toBeGreaterThanOrEqual(60);
    const allowed = new Set([...ofText, ...ofParsed]);
    const shown: string[] = [];
    const links = page.getByTestId('answer-link');
    for (const link of await links.all()) {
      await link.click();
      shown.push((await page.getByTestId('link-address').textContent()) ?? '');
      expect(await page.evaluate(() => (globalThis as unknown as { opened: string[] }).opened.length)).toBe(shown.length - 1);
      await page.getByTestId('link-open').click();
      await page.getByTestId('link-address').waitFor({ state: 'detached' });
    }
    expect(shown.length).toBeGreaterThanOrEqual(ofText.length);
    expect(shown.filter((address) => !allowed.has(address))).toEqual([]);
    expect(await page.evaluate(() => (globalThis as unknown as { opened: string[] }).opened)).toEqual(shown);
    expect({ outside, faults }).toEqual({ outside: [], faults: [] });
    await context.close();
    await node.stop();
  });
});
