import { describe, expect, test } from 'vitest';
import { addresses, afterParsing } from '../test/app/hostile-addresses.ts';
import { longestUrl, openableHost, openableUrl } from './openable-url.ts';

/** What one writes first, and what several chat programs shipped: a scheme looked for at the start. */
const naive = (text: string): string | null => (/^\s*(https?:|mailto:)/i.test(text) ? text : null);

describe('openableUrl', () => {
  test('each address of the table opens as it says, or not at all', () => {
    expect(addresses.length).toBeGreaterThanOrEqual(60);
    expect(new Set(addresses.map(({ text }) => text)).size).toBe(addresses.length);
    expect(addresses.filter(({ text, opens }) => openableUrl(text) !== opens)).toEqual([]);
  });

  test('what a browser makes of it is judged again', () => {
    const wrong = addresses.filter((address) => {
      const parsed = URL.canParse(address.text) ? new URL(address.text).href : '';
      return openableUrl(parsed) !== afterParsing(address);
    });
    expect(wrong).toEqual([]);
  });

  test('the table sees a rule by prefix fail', () => {
    expect(addresses.filter(({ text, opens }) => naive(text) !== opens).length).toBeGreaterThan(20);
  });

  test('is stable: what was opened once opens again as the same', () => {
    for (const { opens } of addresses) if (opens !== null) expect(openableUrl(opens)).toBe(opens);
  });

  test('the longest one counts, as text and as parsed', () => {
    const rest = 'https://example.org/'.length;
    expect(openableUrl(`https://example.org/${'a'.repeat(longestUrl - rest)}`)).not.toBeNull();
    expect(openableUrl(`https://example.org/${'a'.repeat(longestUrl - rest + 1)}`)).toBeNull();
    expect(openableUrl(`https://example.org/${'\u00e9'.repeat(500)}`)).toBeNull();
  });
});

describe('openableHost', () => {
  test('names the host with its port, and who a mail goes to', () => {
    expect(openableHost('https://example.org:8443/x')).toBe('example.org:8443');
    expect(openableHost('mailto:someone@example.org?subject=x')).toBe('someone@example.org');
    expect(openableHost('nothing')).toBe('');
  });
});
