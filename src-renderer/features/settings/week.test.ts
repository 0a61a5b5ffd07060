import { expect, test } from 'vitest';
import { clockOf, dayNames, minutesOf, weekOf } from './week.ts';

test('days by number, in the language and the order of the week there', () => {
  expect(dayNames('en').map(({ short }) => short)).toEqual(['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']);
  expect(dayNames('de')[3]?.long).toBe('Mittwoch');
  expect(weekOf('en-US')[0]).toBe(0);
  expect(weekOf('de')).toEqual([1, 2, 3, 4, 5, 6, 0]);
});

test('times there and back', () => {
  for (const minutes of [0, 570, 1439]) expect(minutesOf(clockOf(minutes))).toBe(minutes);
  expect(clockOf(570)).toBe('09:30');
  expect(clockOf(1440)).toBe('00:00');
  expect(minutesOf('')).toBeNull();
});
