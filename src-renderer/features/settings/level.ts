// How much of the settings is shown, as the person chose it last in this window's profile.

export const levels = ['simple', 'advanced'] as const;
export type Level = (typeof levels)[number];

const key = 'axon.settings-level';

/** simple, until the person chose otherwise */
export function chosenLevel(): Level {
  try {
    return window.localStorage.getItem(key) === 'advanced' ? 'advanced' : 'simple';
  } catch {
    return 'simple';
  }
}

export function keepLevel(level: Level): void {
  try {
    window.localStorage.setItem(key, level);
  } catch {
    // Without storage it is chosen anew at the next start.
  }
}
