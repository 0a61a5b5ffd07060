// Words for people, shared by the window, the tray and the command line. One folder per language, one file per namespace.
import deFailures from './de/failures.json' with { type: 'json' };
import deTray from './de/tray.json' with { type: 'json' };
import deWindow from './de/window.json' with { type: 'json' };
import cli from './en/cli.json' with { type: 'json' };
import failures from './en/failures.json' with { type: 'json' };
import tray from './en/tray.json' with { type: 'json' };
import window from './en/window.json' with { type: 'json' };
import esFailures from './es/failures.json' with { type: 'json' };
import esTray from './es/tray.json' with { type: 'json' };
import esWindow from './es/window.json' with { type: 'json' };
import frFailures from './fr/failures.json' with { type: 'json' };
import frTray from './fr/tray.json' with { type: 'json' };
import frWindow from './fr/window.json' with { type: 'json' };

export const defaultNamespace = 'window';

/** English is the source: its keys are the type of every other language. */
export const english = { window, failures, cli, tray };
export type Words = typeof english;

/** What English says by four ordinals, another language says by the ones that it has. */
type OrdinalForm = `${string}_ordinal_${'one' | 'two' | 'few'}`;
type Translated<T> = T extends string
  ? string
  : { [Key in Exclude<keyof T, OrdinalForm>]: Translated<T[Key]> } & { [Key in Extract<keyof T, OrdinalForm>]?: string };
/** The command line speaks English alone: scripts and manuals quote it. */
type Language = Translated<Omit<Words, 'cli'>>;

const german: Language = { window: deWindow, failures: deFailures, tray: deTray };
const french: Language = { window: frWindow, failures: frFailures, tray: frTray };
const spanish: Language = { window: esWindow, failures: esFailures, tray: esTray };

export const resources = { en: english, de: german, fr: french, es: spanish };

/** Every language that is complete; `name` is the language's own name. */
export const languages: readonly { code: keyof typeof resources; name: string }[] = [
  { code: 'de', name: 'Deutsch' },
  { code: 'en', name: 'English' },
  { code: 'es', name: 'Español' },
  { code: 'fr', name: 'Français' },
];

/** The first of the wished languages that we have, by exact tag and then by its first part; English otherwise. */
export function chooseLanguage(wished: readonly string[]): keyof typeof resources {
  for (const tag of wished) {
    const found = languages.find(({ code }) => code === tag) ?? languages.find(({ code }) => code === tag.split('-')[0]?.toLowerCase());
    if (found !== undefined) return found.code;
  }
  return 'en';
}
