// Words for people, shared by the window, the tray and the command line. One folder per language, one file per namespace.
import cli from './en/cli.json' with { type: 'json' };
import failures from './en/failures.json' with { type: 'json' };
import tray from './en/tray.json' with { type: 'json' };
import window from './en/window.json' with { type: 'json' };

export const defaultNamespace = 'window';

/** English is the source: its keys are the type of every other language. */
export const english = { window, failures, cli, tray };
export type Words = typeof english;

/** Every language that is complete; `name` is the language's own name. */
export const languages: readonly { code: string; name: string }[] = [{ code: 'en', name: 'English' }];

export const resources: Record<string, Words> = { en: english };

/** The first of the wished languages that we have, by exact tag and then by its first part; English otherwise. */
export function chooseLanguage(wished: readonly string[]): string {
  for (const tag of wished) {
    const found = languages.find(({ code }) => code === tag) ?? languages.find(({ code }) => code === tag.split('-')[0]);
    if (found !== undefined) return found.code;
  }
  return 'en';
}
