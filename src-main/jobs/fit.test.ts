import { expect, test } from 'vitest';
import { unknownHardware, type GpuFacts, type HardwareFacts } from '../../src-shared/hardware.ts';
import { fitOf } from './fit.ts';

const gib = 1024;
const machine = (ramMb: number | null, gpus: GpuFacts[] = []): HardwareFacts => ({
  ...unknownHardware,
  unknown: [],
  ram: { totalMb: ramMb, freeMb: null },
  gpus,
});
const card = (vramMb: number | null, unified = false): GpuFacts => ({ name: 'card', vramMb, vramFreeMb: null, unified });
const cpu = { device: { kind: 'cpu' as const, name: '', why: '' } };
const gpu = { device: { kind: 'gpu' as const, name: '', why: '' } };
const notSaid = { device: { kind: 'unknown' as const, name: '', why: '' } };

test('on a CPU three quarters of the memory are for a model, the rest is tight, more than there is is too big', () => {
  const laptop = machine(16 * gib);
  expect(fitOf(12 * gib, laptop, cpu)).toBe('fits');
  expect(fitOf(13 * gib, laptop, cpu)).toBe('tight');
  expect(fitOf(16 * gib, laptop, cpu)).toBe('too-big');
});

test('on a card it fits while all of it does; what goes over into memory is tight', () => {
  const desktop = machine(32 * gib, [card(24 * gib)]);
  expect(fitOf(20 * gib, desktop, gpu)).toBe('fits');
  expect(fitOf(24 * gib, desktop, gpu)).toBe('tight');
  expect(fitOf(50 * gib, desktop, gpu)).toBe('tight');
  expect(fitOf(57 * gib, desktop, gpu)).toBe('too-big');
  // two cards hold one model together
  expect(fitOf(40 * gib, machine(32 * gib, [card(24 * gib), card(24 * gib)]), gpu)).toBe('fits');
});

test('a card that shares the memory has a part of it, and not both', () => {
  const mac = machine(64 * gib, [card(48 * gib, true)]);
  expect(fitOf(48 * gib, mac, gpu)).toBe('fits');
  expect(fitOf(56 * gib, mac, gpu)).toBe('tight');
  expect(fitOf(65 * gib, mac, gpu)).toBe('too-big');
});

test('what is not known is never guessed', () => {
  expect(fitOf(null, machine(16 * gib), cpu)).toBe('unknown');
  expect(fitOf(gib, machine(null), cpu)).toBe('unknown');
  expect(fitOf(gib, machine(16 * gib, [card(null)]), gpu)).toBe('unknown');
  expect(fitOf(gib, machine(16 * gib), { ...cpu, remote: true })).toBe('unknown');
  expect(fitOf(gib, unknownHardware, notSaid)).toBe('unknown');
});

test('an engine that has not said whether it uses the card gets an answer only where both come to the same', () => {
  const desktop = machine(32 * gib, [card(24 * gib)]);
  expect(fitOf(8 * gib, desktop, notSaid)).toBe('fits');
  expect(fitOf(100 * gib, desktop, notSaid)).toBe('too-big');
  expect(fitOf(28 * gib, desktop, notSaid)).toBe('tight');
  expect(fitOf(40 * gib, desktop, notSaid)).toBe('unknown');
  expect(fitOf(8 * gib, machine(32 * gib), notSaid)).toBe('fits');
});
