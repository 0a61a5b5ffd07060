import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const opened: string[] = [];
vi.mock('electron', () => ({
  net: {},
  protocol: {},
  shell: {
    openExternal: (url: string) => {
      opened.push(url);
      return Promise.resolve();
    },
  },
}));
const { pageFile } = await import('./page.ts');
const { openableUrl, safeOpen } = await import('./safe-open.ts');

describe('pageFile', () => {
  let above: string;
  let folder: string;
  beforeAll(() => {
    above = mkdtempSync(path.join(tmpdir(), 'axon-page-'));
    folder = path.join(above, 'renderer');
    mkdirSync(path.join(folder, 'assets'), { recursive: true });
    mkdirSync(path.join(above, 'renderer-private'));
    for (const file of ['renderer/index.html', 'renderer/assets/a b.js', 'renderer-private/secret', 'secret'])
      writeFileSync(path.join(above, file), 'x');
  });
  afterAll(() => rmSync(above, { recursive: true }));

  test('finds the files of the page', () => {
    expect(pageFile(folder, 'app://axon/')).toBe(path.join(folder, 'index.html'));
    expect(pageFile(folder, 'app://axon/index.html?v=1#top')).toBe(path.join(folder, 'index.html'));
    expect(pageFile(folder, 'app://axon/assets/a%20b.js')).toBe(path.join(folder, 'assets', 'a b.js'));
  });

  test('leaves its folder by no spelling', () => {
    for (const place of [
      '../secret',
      '%2e%2e/secret',
      '..%2fsecret',
      '..%2Frenderer-private%2Fsecret',
      'assets/../../secret',
      'assets/..%2f..%2fsecret',
      `%2f${above.slice(1)}/secret`,
      'index.html%00',
    ]) {
      expect(pageFile(folder, `app://axon/${place}`), place).toBeNull();
    }
  });

  test('serves no folder, no missing file, no other host', () => {
    for (const address of [
      'app://axon/assets',
      'app://axon/assets/',
      'app://axon/missing.js',
      'app://other/index.html',
      'file:///etc/passwd',
    ]) {
      expect(pageFile(folder, address), address).toBeNull();
    }
  });
});

describe('safeOpen', () => {
  test('opens web and mail addresses, as they are after parsing', async () => {
    expect(openableUrl('https://Example.org/a b')).toBe('https://example.org/a%20b');
    expect(await safeOpen('mailto:someone@example.org')).toBe(true);
    expect(opened).toEqual(['mailto:someone@example.org']);
  });

  test('opens nothing that starts a program, reads a file, hides its host or is not an address', async () => {
    opened.length = 0;
    for (const address of [
      'file:///etc/passwd',
      'javascript:alert(1)',
      ' JaVaScRiPt:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      'smb://server/share',
      'ms-msdt:/id',
      'app://axon/index.html',
      '\\\\server\\share',
      'https://bank.example@evil.example/',
      'https://user:secret@evil.example/',
      'not an address',
      '',
      `https://example.org/${'a'.repeat(2000)}`,
    ]) {
      expect(await safeOpen(address), address).toBe(false);
    }
    expect(opened).toEqual([]);
  });
});
