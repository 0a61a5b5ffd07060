// The keys that show and hide the window from any program. Off until the person sets them.
import type { HotkeyState } from '../../src-shared/hotkey.ts';

/** The part of Electron's globalShortcut that is needed. */
export type KeyTaker = {
  /** false: another program has it, or the system does not give it */
  register(keys: string, pressed: () => void): boolean;
  unregister(keys: string): void;
};

export type HotkeyOptions = {
  shortcuts: KeyTaker;
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  /** What a key of the desktop's own has to run. */
  command: string;
  /** Kept over starts; null: none */
  kept: { get(): string | null; set(keys: string | null): void };
  pressed: () => void;
};

export type Hotkey = {
  now(): HotkeyState;
  /** Keys that another program has are not kept: then the ones before stay. */
  set(keys: string | null): HotkeyState;
};

/** Takes the kept keys at once. */
export function hotkey({ shortcuts, platform, env, command, kept, pressed }: HotkeyOptions): Hotkey {
  // Through XWayland a shortcut is registered without complaint and works only while an X11 program has the keyboard.
  const wayland = platform === 'linux' && (env['XDG_SESSION_TYPE'] === 'wayland' || Boolean(env['WAYLAND_DISPLAY']));
  let held: string | null = null;
  const take = (keys: string): boolean => {
    try {
      return shortcuts.register(keys, pressed);
    } catch {
      return false;
    }
  };
  const drop = (): void => {
    if (held !== null) shortcuts.unregister(held);
    held = null;
  };
  const now = (): HotkeyState => {
    const keys = kept.get();
    if (wayland) return { keys: null, state: 'wayland', command };
    return { keys, state: keys === null ? 'off' : held === keys ? 'on' : 'taken', command };
  };
  const first = kept.get();
  if (!wayland && first !== null && take(first)) held = first;
  return {
    now,
    set(keys) {
      if (wayland || keys === held) return now();
      if (keys === null) {
        drop();
        kept.set(null);
        return now();
      }
      if (!take(keys)) return { keys, state: 'taken', command };
      drop();
      held = keys;
      kept.set(keys);
      return now();
    },
  };
}
