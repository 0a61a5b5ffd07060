import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { appUpdates } from './app-updates.ts';

test('what the build left beside the app is damaged: it says so, and the app starts without updates', async () => {
  const resources = mkdtempSync(path.join(tmpdir(), 'axon-updates-'));
  writeFileSync(path.join(resources, 'app-update.yml'), 'provider: [unclosed');
  const faults: string[] = [];
  const failed = (reason: string): void => void faults.push(reason);
  const made = await appUpdates({
    ...{ packaged: true, realElectron: true, resources, clock: handClock(), random: () => 0.5, ready: () => {}, failed },
  });
  expect(made.state().unsupported).toBe('no-source');
  expect(faults).toHaveLength(1);
  rmSync(resources, { recursive: true });
});
