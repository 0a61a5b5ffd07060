import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';

const shown: string[] = [];
const motion = { prefersReducedMotion: false };
vi.mock('electron', () => ({
  Menu: { buildFromTemplate: () => null },
  nativeImage: { createFromPath: (file: string) => ({ file, setTemplateImage: () => undefined }) },
  nativeTheme: { shouldUseDarkColors: false, on: () => undefined, off: () => undefined },
  systemPreferences: { getAnimationSettings: () => motion },
  Tray: class {
    constructor({ file }: { file: string }) {
      this.setImage({ file });
    }
    setImage({ file }: { file: string }): void {
      shown.push(path.basename(file));
    }
    on(): void {}
    setToolTip(): void {}
    setContextMenu(): void {}
    destroy(): void {}
  },
}));
const { createTray } = await import('./tray.ts');

const view = (running: number): SwarmView =>
  ({
    key: {},
    peers: [],
    settings: { preferred: null },
    self: { role: { wanted: 'leader', actual: { kind: 'leader', running } }, paused: null },
  }) as unknown as SwarmView;
const nothing = () => undefined;
const tray = () =>
  createTray('', (key) => key, { open: nothing, quit: nothing, lead: nothing, pause: nothing, prefer: nothing, wish: nothing });
const platform = (name: NodeJS.Platform) => vi.spyOn(process, 'platform', 'get').mockReturnValue(name);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv('XDG_CURRENT_DESKTOP', 'KDE');
  platform('linux');
  motion.prefersReducedMotion = false;
  shown.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

test('an answer on its way breathes in two pictures, and stands still once it is there', () => {
  const made = tray();
  made.show(view(1));
  vi.advanceTimersByTime(2700);
  expect(shown).toEqual(['offline.png', 'answering.png', 'answeringPulse.png', 'answering.png', 'answeringPulse.png']);
  made.show(view(0));
  vi.advanceTimersByTime(10_000);
  expect(shown.slice(5)).toEqual(['leader.png']);
  made.show(view(1));
  made.destroy();
  expect(vi.getTimerCount()).toBe(0);
});

test('it stands still where the person wants less motion', () => {
  motion.prefersReducedMotion = true;
  tray().show(view(1));
  vi.advanceTimersByTime(10_000);
  expect(shown).toEqual(['offline.png', 'answering.png']);
});

test('Windows gets the files with a picture for each of its scales, macOS the templates', () => {
  platform('win32');
  tray();
  platform('darwin');
  tray();
  expect(shown).toEqual(['offline.ico', 'offlineTemplate.png']);
});
