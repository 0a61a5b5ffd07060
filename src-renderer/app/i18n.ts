import i18next from 'i18next';
import type { i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { chooseLanguage, defaultNamespace, resources } from '../../src-shared/i18n/index.ts';

/** Ready when it returns: all words are in the bundle, nothing is fetched. */
export function startWords(wished: readonly string[]): i18n {
  void i18next.use(initReactI18next).init({
    lng: chooseLanguage(wished),
    fallbackLng: 'en',
    resources,
    ns: ['window', 'failures'],
    defaultNS: defaultNamespace,
    // React escapes.
    interpolation: { escapeValue: false },
    initAsync: false,
    returnNull: false,
  });
  return i18next;
}

/** Windows' names for languages that do not exist: English a good third longer, and the same from right to left. */
const invented = new Set(['qps-Ploc', 'qps-plocm']);
const rightToLeft = new Set(['qps-plocm']);

/** Turns the whole window to the language that was set, or to the first of the browser's that there is. */
export async function turnTo(language: string | undefined, setDirection: (direction: 'ltr' | 'rtl') => void): Promise<void> {
  const wished = language === undefined ? navigator.languages : [language, ...navigator.languages];
  const code = language !== undefined && invented.has(language) ? language : chooseLanguage(wished);
  // for tests of the layout: no setting offers it, and its code is fetched only then
  if (invented.has(code) && !i18next.hasResourceBundle(code, defaultNamespace)) {
    const { stretched } = await import('./invented-words.ts');
    for (const [name, words] of Object.entries(stretched())) i18next.addResourceBundle(code, name, words);
  }
  if (i18next.language !== code) await i18next.changeLanguage(code);
  document.documentElement.lang = code;
  setDirection(rightToLeft.has(code) ? 'rtl' : 'ltr');
}
