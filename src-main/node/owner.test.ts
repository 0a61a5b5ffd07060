import { expect, test, vi } from 'vitest';
import { defaultSettings } from '../store/settings-store.ts';
import { owner, type OwnerOptions } from './owner.ts';

test('who is a member is looked at anew when the setting says otherwise, and only then', async () => {
  let settings = defaultSettings('x');
  const [openChanged, nameChanged] = [vi.fn(), vi.fn()];
  const relink = vi.fn(() => Promise.resolve());
  const parts = {
    node: { settings: { get: () => settings, update: (patch: object) => (settings = { ...settings, ...patch }), damaged: false } },
    members: { openChanged, nameChanged },
    pauses: { look: () => undefined },
    applyRole: () => undefined,
    changed: () => undefined,
    relink,
  } as unknown as OwnerOptions;
  const made = owner(parts);
  await made.updateSettings({ name: 'y' });
  expect([openChanged.mock.calls.length, nameChanged.mock.calls.length]).toEqual([0, 1]);
  await made.updateSettings({ open: true });
  expect([openChanged.mock.calls.length, relink.mock.calls.length]).toEqual([1, 0]);
  await made.updateSettings({ swarmPort: 4200 });
  expect([openChanged.mock.calls.length, relink.mock.calls.length]).toEqual([1, 1]);
  expect(nameChanged).toHaveBeenCalledOnce();
});
