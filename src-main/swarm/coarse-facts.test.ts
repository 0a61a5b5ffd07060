import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unknownHardware, type HardwareFacts } from '../../src-shared/hardware.ts';
import { coarseFacts } from './coarse-facts.ts';

const machine: HardwareFacts = {
  ...unknownHardware,
  os: 'An OS',
  ram: { totalMb: 16_000, freeMb: 8000, pressure: 0.1 },
  swap: { totalMb: 2000, freeMb: 2000 },
  disk: { totalMb: 500_000, freeMb: 100_000 },
  gpus: [{ name: 'g', vramMb: 24_000, vramFreeMb: 20_000, unified: false }],
  load: 0.1,
  battery: { percent: 50, charging: false },
  addresses: [{ name: 'eth0', address: '192.0.2.1' }],
  tools: [{ name: 'docker', version: '27.3.1' }],
  lookedAt: { memory: 1 },
};

test('others learn what they choose by; not addresses, nor versions with holes, nor times of this clock', () => {
  const told = coarseFacts(machine, null);
  expect(told).toEqual({ ...machine, addresses: undefined, lookedAt: undefined, tools: [{ name: 'docker', version: null }] });
  expect(Object.keys(told)).not.toContain('addresses');
  expect(JSON.stringify(told)).not.toMatch(/27\.3\.1|192\.0\.2/);
});

test('the hum of an idle machine changes nothing, at whatever edge it hums', () => {
  const hum = fc.record({
    ram: fc.integer({ min: -255, max: 255 }),
    load: fc.double({ min: 0, max: 0.19, noNaN: true }),
    vram: fc.integer({ min: -500, max: 500 }),
    disk: fc.integer({ min: -1000, max: 1000 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 16_000 }), fc.array(hum, { minLength: 1 }), (freeMb, steps) => {
      let told = coarseFacts({ ...machine, load: 0.1, ram: { ...machine.ram, freeMb } }, null);
      const first = JSON.stringify(told);
      for (const { ram, load, vram, disk } of steps) {
        const now = {
          ...machine,
          load,
          ram: { ...machine.ram, freeMb: Math.max(0, freeMb + ram) },
          gpus: machine.gpus.map((gpu) => ({ ...gpu, vramFreeMb: 20_000 + vram })),
          disk: { totalMb: 500_000, freeMb: 100_000 + disk },
        };
        told = coarseFacts(now, told);
        expect(JSON.stringify(told)).toBe(first);
      }
    }),
    { numRuns: 100 },
  );
});

test('what really changes is told as it is, and creeping is told too', () => {
  let told = coarseFacts(machine, null);
  told = coarseFacts({ ...machine, ram: { ...machine.ram, freeMb: 5000 }, load: 0.9, battery: { percent: 44, charging: false } }, told);
  expect(told).toMatchObject({ ram: { freeMb: 5000 }, load: 0.9, battery: { percent: 44 } });
  for (let freeMb = 5000; freeMb >= 1000; freeMb -= 50) told = coarseFacts({ ...machine, ram: { ...machine.ram, freeMb } }, told);
  expect(Math.abs((told.ram.freeMb ?? 0) - 1000)).toBeLessThan(512);
});

test('unknown stays unknown, and what becomes unknown is not kept', () => {
  const told = coarseFacts(machine, null);
  expect(coarseFacts({ ...machine, load: null, gpus: [{ name: 'g', vramMb: null, vramFreeMb: null, unified: true }] }, told)).toMatchObject(
    {
      load: null,
      gpus: [{ vramFreeMb: null }],
    },
  );
  expect(coarseFacts(unknownHardware, null)).toEqual(unknownHardware);
});
