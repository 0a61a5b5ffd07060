import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { addresses } from '../../test/app/hostile-addresses.ts';

const opened: string[] = [];
let openExternal = (url: string): Promise<void> => {
  opened.push(url);
  return Promise.resolve();
};
vi.mock('electron', () => ({
  net: {},
  protocol: {},
  shell: {
    openExternal: (url: string) => openExternal(url),
  },
}));
const { pageFile } = await import('./page.ts');
const { safeOpen } = await import('./safe-open.ts');

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
  test('opens what the table of addresses says, as it is after parsing, and nothing else', async () => {
    const verdicts: boolean[] = [];
    for (const { text } of addresses) verdicts.push(await safeOpen(text));
    expect(verdicts).toEqual(addresses.map(({ opens }) => opens !== null));
    expect(opened).toEqual(addresses.map(({ opens }) => opens).filter((address) => address !== null));
  });

  test('a machine without a browser is told, not thrown at', async () => {
    openExternal = () => Promise.reject(new Error('no program'));
    expect(await safeOpen('https://example.org/')).toBe(false);
  });
});
