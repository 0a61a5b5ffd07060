/** What the app takes from its command line; everything else (Chromium's own flags) is ignored. */
export type AppArguments = { home: string | undefined; hidden: boolean; mdns: boolean };

/** @param words process.argv without the program */
export function appArguments(words: readonly string[]): AppArguments {
  const at = words.indexOf('--home');
  const joined = words.find((word) => word.startsWith('--home='))?.slice('--home='.length);
  const home = joined ?? (at >= 0 ? words[at + 1] : undefined);
  return { home: home === '' ? undefined : home, hidden: words.includes('--hidden'), mdns: !words.includes('--no-mdns') };
}
