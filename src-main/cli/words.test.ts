import { expect, test } from 'vitest';
import { placement } from '../../src-shared/chat.ts';
import type { Placement } from '../../src-shared/chat.ts';
import { failureCodes } from '../../src-shared/failure.ts';
import cli from '../../src-shared/i18n/en/cli.json' with { type: 'json' };
import { failureLines, failureWords, harmless, memoryWords, say, sizeWords, whySentence } from './words.ts';

const placed = (reason: Placement['reason'], local = false): Placement => ({
  leader: { peerId: '12D3KooWNRXQvZkfTsiPj2C4WoqTzMzwTbTQYQUH4GeQfc2UsqGz', name: 'gpu-desktop' },
  model: 'llama3.2:3b',
  local,
  reason,
  candidates: [],
});

test('every reason makes one sentence with the machine and the model', () => {
  const sentences = placement.shape.reason.options.map((reason) => whySentence(placed(reason)));
  expect(new Set(sentences).size).toBe(sentences.length);
  for (const sentence of sentences) expect(sentence).toMatch(/^gpu-desktop answered with llama3\.2:3b: [^.]+\.$/);
  expect(whySentence(placed('only-one', true))).toBe('This machine answered itself with llama3.2:3b.');
});

test('names from elsewhere cannot move the cursor or turn the writing around', () => {
  expect(say('serve.here', { name: 'a\u001b[2Jb\u202ec\r\n\u0007\u009bd' })).toBe('a[2Jbcd is here');
  expect(say('serve.here', { name: '\u001b]0;owned\u0007x' })).toBe(']0;ownedx is here');
});

test('how many is said in its own form', () => {
  expect([0, 1, 2].map((count) => say('status.models', { count }))).toEqual(['0 models', '1 model', '2 models']);
});

test('files have decimal multiples, as in the window; memory has binary ones', () => {
  // the built-in model
  expect(sizeWords(98_362_432)).toBe('98 MB');
  expect([1, 120_000, 999_400_000, 999_600_000, 4_920_000_000].map(sizeWords)).toEqual(['1 kB', '120 kB', '999 MB', '1 GB', '4.9 GB']);
  expect([512, 24_576].map(memoryWords)).toEqual(['512 MB', '24 GB']);
});

test('an answer keeps its lines and letters, and cannot command the terminal', () => {
  expect(harmless('one\n\ttwo \u001b]52;c;x\u0007\u009b2Jé\r')).toBe('one\n\ttwo ]52;c;x2Jé');
});

test.each(failureCodes)('%s: title, text and fix; then the code for the search', (code) => {
  const { title, text, fix } = failureWords(code);
  for (const words of [title, text, fix]) expect(words).toMatch(/^[A-Z"].*[\w)."?]$/s);
  expect(failureLines({ code, message: 'a detail' }).split('\n')).toHaveLength(4);
  expect(failureLines({ code, message: 'a detail' })).toContain(`(${code}: a detail)`);
});

test('the own words of the command line are for failures that exist', () => {
  for (const kind of ['fix', 'title', 'text'] as const) {
    for (const code of Object.keys(cli[kind])) expect(failureCodes).toContain(code);
  }
});
