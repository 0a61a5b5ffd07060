import { expect, test } from 'vitest';
import { shortHardware } from './facts.ts';

test.each([
  ['NVIDIA GeForce RTX 4090', 'RTX 4090'],
  ['NVIDIA A100-SXM4-80GB', 'A100-SXM4-80GB'],
  ['AMD Radeon RX 7900 XTX', 'Radeon RX 7900 XTX'],
  ['Apple M2', 'Apple M2'],
  ['Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz', 'Core i5-8250U'],
  ['AMD Ryzen 9 7950X 16-Core Processor', 'Ryzen 9 7950X'],
  ['AMD', 'AMD'],
  ['@', '@'],
])('%s is %s where there is little room', (name, short) => expect(shortHardware(name)).toBe(short));
