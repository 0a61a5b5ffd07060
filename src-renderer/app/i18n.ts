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
