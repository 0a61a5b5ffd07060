import { expect, test } from 'vitest';
import { meteredIn, meteredNetwork, type MeteredWorld } from './metered.ts';

test.each([
  ['u 1\n', true],
  ['u 2\n', false],
  ['u 3\n', true],
  ['u 4\n', false],
  ['u 0\n', null],
  ['(<uint32 1>,)\n', true],
  ['(<uint32 4>,)\n', false],
  ['u 17', null],
  ['', null],
  ['Error: no such name', null],
])('%j means %s', (said, metered) => {
  expect(meteredIn(said)).toBe(metered);
});

const world = (change: Partial<MeteredWorld>): MeteredWorld => ({
  platform: 'linux',
  find: async (program) => `/usr/bin/${program}`,
  run: async () => 'u 1',
  ...change,
});

test('where one tool does not reach the bus the other is asked; without any, and elsewhere than on Linux, it is unknown', async () => {
  const asked: string[] = [];
  const run = async (program: string): Promise<string> => {
    asked.push(program);
    if (program.endsWith('busctl')) throw new Error('no bus');
    return '(<uint32 3>,)';
  };
  expect(await meteredNetwork(world({ run }))).toBe(true);
  expect(asked).toEqual(['/usr/bin/busctl', '/usr/bin/gdbus']);
  expect(await meteredNetwork(world({ find: async () => null }))).toBeNull();
  expect(await meteredNetwork(world({ run: () => Promise.reject(new Error('gone')) }))).toBeNull();
  expect(await meteredNetwork(world({ platform: 'win32' }))).toBeNull();
});
