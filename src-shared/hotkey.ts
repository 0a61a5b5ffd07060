// A combination of keys that shows and hides the window, written as Electron's accelerators are. Pure.
import { z } from 'zod';

/** "Control+Alt+A": at least one key that is held which no text is typed with, then one key. */
export const accelerator = z
  .string()
  .max(60)
  .regex(
    /^(?:(?:Control|Alt|Shift|Super)\+){1,4}(?:[A-Z0-9]|F(?:[1-9]|1\d|2[0-4])|Space|Tab|Home|End|PageUp|PageDown|Insert|Up|Down|Left|Right)$/,
  )
  .refine((keys) => /(?:Control|Alt|Super)\+/.test(keys))
  .refine((keys) => new Set(keys.split('+')).size === keys.split('+').length);

/**
 * off: none is set. on: the system gave it to Axon. taken: it did not. wayland: there a program cannot take keys for itself; the desktop
 * has to run `command`.
 */
export const hotkeyState = z.object({
  keys: accelerator.nullable(),
  state: z.enum(['off', 'on', 'taken', 'wayland']),
  /** What a key of the desktop's own has to run. */
  command: z.string().max(600),
});
export type HotkeyState = z.infer<typeof hotkeyState>;

/** What a page is told of a key that is pressed. */
export type PressedKeys = { ctrlKey: boolean; altKey: boolean; shiftKey: boolean; metaKey: boolean; code: string };

/** null: not a combination that may be taken (yet): only keys that are held, or one that texts are typed with. */
export function acceleratorOf({ ctrlKey, altKey, shiftKey, metaKey, code }: PressedKeys): string | null {
  const key = keyOf(code);
  if (key === null) return null;
  const held = [ctrlKey && 'Control', altKey && 'Alt', shiftKey && 'Shift', metaKey && 'Super'].filter((one) => one !== false);
  const keys = accelerator.safeParse([...held, key].join('+'));
  return keys.success ? keys.data : null;
}

/** By the place of the key, since what is typed with Alt held differs from keyboard to keyboard. */
function keyOf(code: string): string | null {
  const letter = /^(?:Key([A-Z])|Digit(\d))$/.exec(code);
  if (letter !== null) return letter[1] ?? letter[2] ?? null;
  if (/^F\d{1,2}$/.test(code)) return code;
  if (/^Arrow(Up|Down|Left|Right)$/.test(code)) return code.slice('Arrow'.length);
  return ['Space', 'Tab', 'Home', 'End', 'PageUp', 'PageDown', 'Insert'].includes(code) ? code : null;
}
