import { describe, expect, test } from 'vitest';
import { chooseLanguage, english, languages, resources } from './index.ts';

type Tree = { [key: string]: string | Tree };

/** Every text by its whole key, in the order of the file. */
function texts(tree: Tree, prefix = ''): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${prefix}${key}`, value]] : texts(value, `${prefix}${key}.`),
  );
}

const marks = (text: string): string[] => (text.match(/\{\{[^}]+\}\}|<\/?\w+>/g) ?? []).toSorted();

/** "add.tries_one" -> its stem, its form, and of which kind. null: no plural. */
function plural(key: string): { stem: string; form: string; type: 'cardinal' | 'ordinal' } | null {
  const parts = /^(?<stem>.+?)(?<ordinal>_ordinal)?_(?<form>zero|one|two|few|many|other)$/.exec(key)?.groups;
  if (parts === undefined) return null;
  return { stem: parts['stem'] ?? '', form: parts['form'] ?? '', type: parts['ordinal'] === undefined ? 'cardinal' : 'ordinal' };
}

/** The keys that a language must have: English's, with the plural forms of the language itself. */
function wanted(language: string, source: Tree): string[] {
  const keys = texts(source).flatMap(([key]) => {
    const form = plural(key);
    if (form === null) return [key];
    const forms = new Intl.PluralRules(language, { type: form.type }).resolvedOptions().pluralCategories;
    return forms.map((each) => `${form.stem}${form.type === 'ordinal' ? '_ordinal' : ''}_${each}`);
  });
  return [...new Set(keys)].toSorted();
}

const everyFile = languages.flatMap(({ code }) =>
  Object.entries(resources[code]).map(([name, tree]): [string, keyof typeof english, Tree] => [code, name as keyof typeof english, tree]),
);

describe.each(everyFile)('%s %s', (language, name, tree) => {
  const source = new Map(texts(english[name]));

  test('has the keys of English, in the plural forms of the language', () => {
    expect(
      texts(tree)
        .map(([key]) => key)
        .toSorted(),
    ).toEqual(wanted(language, english[name]));
  });

  test('is sorted at every level', () => {
    const levels = (part: Tree): string[][] => [
      Object.keys(part),
      ...Object.values(part).flatMap((value) => (typeof value === 'string' ? [] : levels(value))),
    ];
    for (const keys of levels(tree)) expect(keys).toEqual(keys.toSorted());
  });

  test('no text is empty, and each has the values and marks of its English', () => {
    for (const [key, text] of texts(tree)) {
      expect(text.trim(), key).not.toBe('');
      const form = plural(key);
      if (form === null) {
        expect(marks(text), key).toEqual(marks(source.get(key) ?? ''));
        continue;
      }
      const english_ = source.get(`${form.stem}${form.type === 'ordinal' ? '_ordinal' : ''}_other`) ?? '';
      // "1 machine" may stand without its number only where the form is for nothing but 1; in French it is for 0 as well
      const rules = new Intl.PluralRules(language, { type: form.type });
      const many = [0, 1, 2, 3, 11, 21].filter((count) => rules.select(count) === form.form).length > 1;
      const missing = marks(english_).filter((mark) => !marks(text).includes(mark));
      expect(
        missing.filter((mark) => many || mark !== '{{count}}'),
        key,
      ).toEqual([]);
      expect(
        marks(text).filter((mark) => !marks(english_).includes(mark)),
        key,
      ).toEqual([]);
    }
  });
});

test('a translation is one: hardly a sentence is the English one', () => {
  for (const { code } of languages) {
    if (code === 'en') continue;
    const { failures, tray, window } = resources[code];
    for (const [name, tree] of Object.entries({ failures, tray, window })) {
      const source = new Map(texts(english[name as keyof typeof english]));
      const same = texts(tree).filter(
        ([key, text]) => text === source.get(key) && /\p{L}{3,} \p{L}{3,}/u.test(text.replaceAll(/\{\{[^}]+\}\}/g, '')),
      );
      expect(same, `${code} ${name}`).toEqual([]);
    }
  }
});

/** How a language speaks to whoever reads it, and the one word it has for a thing: what it must not say. */
const asides: [language: string, what: string, said: RegExp][] = [
  ['de', 'du', /\b(?:du|dich|dir|dein(?:e[nmrs]?)?)\b/iu],
  [
    'de',
    'du, as an order',
    /(?:^|[.!?:;,–] |\b(?:und|oder) )(?:häng|wähl|geh|lass|fang|mach|leg|kürz|prüf|versuch|schließ|schreib|klick|drück|tipp|schau|halt|setz|stell|komm|lösch|schick|hol|nutz|bring|ruf|trag|kopier|starte|öffne|warte|beende|verbinde|frag(?!e)|such(?!e)|teil(?!e)|nimm|gib|lies|sieh|wirf)e?(?!\p{L})/iu,
  ],
  ['de', 'another word than Token, Unterhaltung or Chat', /\bTokens\b|Gespräch/u],
  ['de', 'an ellipsis without its space', /[^\s…]…/u],
  ['fr', 'tu', /(?<!\p{L})(?:tu|toi|ton|tes|te)(?!\p{L})/iu],
  ['es', 'usted', /(?<!\p{L})ustede?s?(?!\p{L})/iu],
];

test.each(asides)('%s never says %s', (language, _what, said) => {
  const found = everyFile
    .filter(([code]) => code === language)
    .flatMap(([, name, tree]) => texts(tree).map(([key, text]) => `${name} ${key}: ${text}`));
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((line) => said.test(line.slice(line.indexOf(': ') + 2)))).toEqual([]);
});

describe('which language', () => {
  test.each([
    [['de-AT', 'en'], 'de'],
    [['fr'], 'fr'],
    [['xx', 'es-419'], 'es'],
    [['DE-de'], 'de'],
    [['zh-CN'], 'en'],
    [[], 'en'],
  ])('%j: %s', (wished, expected) => {
    expect(chooseLanguage(wished)).toBe(expected);
  });
});
