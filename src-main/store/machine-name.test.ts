import { describe, expect, test } from 'vitest';
import { settings } from '../../src-shared/settings.ts';
import { defaultMachineName } from './machine-name.ts';

describe('the name of a fresh home', () => {
  test.each(['thinkpad', 'GPU-DESKTOP', 'anna-laptop', 'Annas-MacBook-Pro.local', 'desk-2'])('%s says which machine it is', (host) => {
    expect(defaultMachineName(host)).toBe(host.split('.')[0]);
  });

  test.each([
    '',
    'localhost',
    'localhost.localdomain',
    'debian',
    'vm',
    'ubuntu22',
    'DESKTOP-4F2K8QP',
    '9f86d081884c',
    'ip-10-0-0-7',
    '\u202e',
  ])('%j says nothing: two words do, the same at each start, others on another machine', (host) => {
    const [first, again, other] = ['02:00:00:00:00:01', '02:00:00:00:00:01', '02:00:00:00:00:02'].map((mac) =>
      defaultMachineName(host, [mac]),
    );
    expect(settings.shape.name.parse(first)).toMatch(/^[a-z]+-[a-z]+$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});
