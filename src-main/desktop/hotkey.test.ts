import { expect, test } from 'vitest';
import { hotkey, type Hotkey } from './hotkey.ts';

type Played = { hotkey: Hotkey; taken: Map<string, () => void>; kept: () => string | null; presses: () => number };

/** `others`: keys that other programs have. */
function played(options: { others?: string[]; kept?: string; env?: NodeJS.ProcessEnv; platform?: NodeJS.Platform } = {}): Played {
  const taken = new Map<string, () => void>();
  let kept = options.kept ?? null;
  let presses = 0;
  const made = hotkey({
    shortcuts: {
      register(keys, pressed) {
        if (keys.includes('Broken')) throw new TypeError('no accelerator');
        if (taken.has(keys) || options.others?.includes(keys) === true) return false;
        taken.set(keys, pressed);
        return true;
      },
      unregister: (keys) => void taken.delete(keys),
    },
    platform: options.platform ?? 'linux',
    env: options.env ?? { XDG_SESSION_TYPE: 'x11' },
    command: 'axon toggle',
    kept: { get: () => kept, set: (keys) => void (kept = keys) },
    pressed: () => void (presses += 1),
  });
  return { hotkey: made, taken, kept: () => kept, presses: () => presses };
}

test('none is taken until one is set; then it works, is kept, and can be given back', () => {
  const { hotkey: keys, taken, kept, presses } = played();
  expect(keys.now()).toEqual({ keys: null, state: 'off', command: 'axon toggle' });
  expect(taken.size).toBe(0);
  expect(keys.set('Control+Alt+A')).toMatchObject({ keys: 'Control+Alt+A', state: 'on' });
  taken.get('Control+Alt+A')?.();
  expect(presses()).toBe(1);
  expect(kept()).toBe('Control+Alt+A');
  expect(keys.set('Control+Alt+B')).toMatchObject({ keys: 'Control+Alt+B', state: 'on' });
  expect([...taken.keys()]).toEqual(['Control+Alt+B']);
  expect(keys.set(null)).toMatchObject({ keys: null, state: 'off' });
  expect(taken.size).toBe(0);
  expect(kept()).toBeNull();
});

test('keys that another program has are refused, and the ones before stay', () => {
  const { hotkey: keys, taken, kept } = played({ others: ['Super+Space'] });
  keys.set('Control+Alt+A');
  expect(keys.set('Super+Space')).toMatchObject({ keys: 'Super+Space', state: 'taken' });
  expect(keys.now()).toMatchObject({ keys: 'Control+Alt+A', state: 'on' });
  expect([...taken.keys()]).toEqual(['Control+Alt+A']);
  expect(kept()).toBe('Control+Alt+A');
  expect(keys.set('Control+Broken')).toMatchObject({ state: 'taken' });
});

test('kept keys are taken at the next start, or it says that somebody else has them by now', () => {
  expect(played({ kept: 'Control+Alt+A' }).hotkey.now()).toMatchObject({ state: 'on' });
  expect(played({ kept: 'Control+Alt+A', others: ['Control+Alt+A'] }).hotkey.now()).toMatchObject({
    keys: 'Control+Alt+A',
    state: 'taken',
  });
});

test.each([{ XDG_SESSION_TYPE: 'wayland' }, { WAYLAND_DISPLAY: 'wayland-0' }])('on Wayland none is taken, and it says so (%o)', (env) => {
  const { hotkey: keys, taken } = played({ env, kept: 'Control+Alt+A' });
  expect(keys.now()).toEqual({ keys: null, state: 'wayland', command: 'axon toggle' });
  expect(keys.set('Control+Alt+B')).toMatchObject({ state: 'wayland' });
  expect(taken.size).toBe(0);
});
