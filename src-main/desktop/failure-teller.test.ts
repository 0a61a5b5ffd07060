import type { BrowserWindow } from 'electron';
import { beforeEach, expect, test, vi } from 'vitest';

const shown: unknown[][] = [];
vi.mock('electron', () => ({
  dialog: {
    showMessageBox: (...given: unknown[]) => {
      shown.push(given);
      return Promise.resolve({ response: 0 });
    },
  },
}));
const { failureTeller } = await import('./failure-teller.ts');

const words = (key: string): string => `<${key}>`;
const windowThat = (visible: boolean) => ({ isVisible: () => visible }) as BrowserWindow;
beforeEach(() => {
  shown.length = 0;
});

test('says title, text and remedy, and never the text that the failure carries', () => {
  failureTeller(words, () => null).tell({ code: 'home-in-use', message: 'process 4711 in /home/ann' });
  expect(shown).toEqual([
    [
      {
        type: 'error',
        title: 'Axon',
        message: '<failures:home-in-use.title>',
        detail: '<failures:home-in-use.text>\n<failures:home-in-use.fix>',
      },
    ],
  ]);
});

test('tells each cause once until the node has lived', () => {
  const teller = failureTeller(words, () => null);
  for (const code of ['home-in-use', 'home-in-use', 'identity-sealed', 'home-in-use'] as const) teller.tell({ code, message: 'm' });
  expect(shown).toHaveLength(2);
  teller.clear();
  teller.tell({ code: 'home-in-use', message: 'm' });
  expect(shown).toHaveLength(3);
});

test('belongs to the window only while that can be seen', () => {
  for (const visible of [true, false]) {
    const window = windowThat(visible);
    failureTeller(words, () => window).tell({ code: 'home-in-use', message: 'm' });
    expect(shown.at(-1)?.[0] === window).toBe(visible);
  }
});
