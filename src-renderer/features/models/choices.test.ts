import { expect, test } from 'vitest';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { machineChoices, pick } from './choices.ts';
import type { MachineChoice } from './choices.ts';

const view = (actual: string, preferred: string | null = null): SwarmView =>
  ({
    self: { peerId: 'me', name: 'thinkpad', role: { actual: { kind: actual } }, models: [{ name: 'small' }] },
    peers: [
      {
        peerId: 's',
        state: 'connected',
        offer: { name: 'STUDIO', leads: { engine: {}, models: [{ name: 'big' }], paused: { why: 'busy' } } },
      },
      { peerId: 'd', state: 'connected', offer: { name: 'DESK', leads: { engine: {}, models: [{ name: 'small' }, { name: 'big' }] } } },
      { peerId: 'a', state: 'away', offer: { name: 'ATTIC', leads: { engine: {}, models: [{ name: 'small' }] } } },
      { peerId: 'l', state: 'connected', offer: { name: 'LAPTOP', leads: null } },
    ],
    settings: { preferred },
  }) as unknown as SwarmView;

test('machines that answer now, this one first', () => {
  expect(machineChoices(view('leader', 'd')).map(({ name, self, preferred, paused }) => [name, self, preferred, paused])).toEqual([
    ['thinkpad', true, false, false],
    ['DESK', false, true, false],
    ['STUDIO', false, false, true],
  ]);
  expect(machineChoices(view('subordinate')).map(({ name }) => name)).toEqual(['DESK', 'STUDIO']);
});

test('of a machine and a model that it does not have, the newer pick stays', () => {
  const machines: MachineChoice[] = machineChoices(view('leader'));
  expect(pick({ model: 'small', machine: null }, { machine: 'd' }, machines)).toEqual({ model: 'small', machine: 'd' });
  expect(pick({ model: 'small', machine: null }, { machine: 's' }, machines)).toEqual({ model: null, machine: 's' });
  expect(pick({ model: null, machine: 's' }, { model: 'small' }, machines)).toEqual({ model: 'small', machine: null });
  expect(pick({ model: 'small', machine: 'd' }, { machine: null }, machines)).toEqual({ model: 'small', machine: null });
  // Gone meanwhile: the node says so when it is asked.
  expect(pick({ model: 'small', machine: 'x' }, { model: 'big' }, machines)).toEqual({ model: 'big', machine: 'x' });
});
