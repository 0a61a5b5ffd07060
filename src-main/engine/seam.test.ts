import { describe, expect, test } from 'vitest';
import { seam } from './seam.ts';

/** What is shown of `written`, given in pieces of `size`, and how it ended. */
function shown(
  before: string,
  written: string,
  { stops = [], mayRestart = false, size = 1 }: { stops?: string[]; mayRestart?: boolean; size?: number } = {},
): string {
  const at = seam(before, stops, mayRestart);
  let text = '';
  for (let from = 0; from < written.length; from += size) {
    const step = at.take(written.slice(from, from + size));
    text += step.text;
    if (step.stopped) return `${text}|stopped`;
    if (step.restarted) return `${text}|restarted`;
  }
  const end = at.ended();
  return `${text}${end.text}${end.restarted ? '|restarted' : ''}`;
}

describe.each([1, 3, 1000])('in pieces of %i', (size) => {
  test('passes on what comes after', () => {
    expect(shown('The sky is', ' blue.', { size, mayRestart: true, stops: ['END'] })).toBe(' blue.');
  });

  test('a stop text over the seam ends the answer there', () => {
    expect(shown('over. E', 'ND and more', { size, stops: ['END'] })).toBe('|stopped');
    expect(shown('over. EN', 'D', { size, stops: ['x', 'END'] })).toBe('|stopped');
  });

  test('what looked like a stop text and is none is shown', () => {
    expect(shown('over. E', 'N route', { size, stops: ['END'] })).toBe('N route');
    expect(shown('over. E', 'N', { size, stops: ['END'] })).toBe('N');
    expect(shown('aab', 'aac', { size, stops: ['abaab'] })).toBe('aac');
  });

  test('a stop text that was there whole, or comes later, is not the concern of the seam', () => {
    expect(shown('END', ' more', { size, stops: ['END'] })).toBe(' more');
    expect(shown('a', 'b END', { size, stops: ['END'] })).toBe('b END');
  });

  const before = 'The sky is blue because air scatters ';
  test('an answer that is written again is shown from where it was', () => {
    expect(shown(before, `${before}short waves`, { size, mayRestart: true })).toBe('short waves');
    expect(shown(` ${before}`, `${before}short waves`, { size, mayRestart: true })).toBe('short waves');
    expect(shown(before.trimEnd(), `${before}short waves`, { size, mayRestart: true })).toBe(' short waves');
    expect(shown(before, `${before}short waves`, { size })).toBe(`${before}short waves`);
  });

  test('an answer that begins anew in other words is none', () => {
    expect(shown(before, 'The sky is blue because of the sun.', { size, mayRestart: true })).toBe('|restarted');
  });

  test('an answer that is written again and ends inside its repeat is none, and nothing of it is shown twice', () => {
    expect(shown(before, 'The sky is blue because air', { size, mayRestart: true })).toBe('|restarted');
    expect(shown(`  ${before}`, before.slice(0, 24), { size, mayRestart: true })).toBe('|restarted');
    expect(shown(`${before}END`, `${before}E`, { size, mayRestart: true, stops: ['ENDS'] })).toBe('|restarted');
  });

  test('an answer that is written again and adds nothing is complete', () => {
    expect(shown(before, before, { size, mayRestart: true })).toBe('');
    expect(shown(before, before.trimEnd(), { size, mayRestart: true })).toBe('');
  });

  test('words that happen to be the first ones are no repeat', () => {
    expect(shown(before, 'The sky over Mars is red.', { size, mayRestart: true })).toBe('The sky over Mars is red.');
    expect(shown('ha', 'ha', { size, mayRestart: true })).toBe('ha');
    expect(shown(before, 'The sky', { size, mayRestart: true })).toBe('The sky');
  });
});
