/** What the app takes from its command line; everything else (Chromium's own flags) is ignored. */
export type AppArguments = { home: string | undefined; hidden: boolean; mdns: boolean; toggle: boolean };

/** @param words process.argv without the program */
export function appArguments(words: readonly string[]): AppArguments {
  const at = words.indexOf('--home');
  const joined = words.find((word) => word.startsWith('--home='))?.slice('--home='.length);
  const home = joined ?? (at >= 0 ? words[at + 1] : undefined);
  return {
    home: home === '' ? undefined : home,
    hidden: words.includes('--hidden'),
    mdns: !words.includes('--no-mdns'),
    toggle: words.includes('--toggle'),
  };
}

/**
 * What a key of the desktop's own runs to show or hide the window: the app itself, which hands it to the one that runs; in a clone `axon`.
 * @param program null: it runs from a clone
 * @param home null: the standard one
 */
export function toggleCommand(program: string | null, home: string | null): string {
  const quoted = (word: string): string => (/[\s"'$`\\]/.test(word) ? `'${word.replaceAll("'", String.raw`'\''`)}'` : word);
  const words = program === null ? ['axon', 'toggle'] : [quoted(program), '--toggle'];
  return [...words, ...(home === null ? [] : ['--home', quoted(home)])].join(' ');
}
