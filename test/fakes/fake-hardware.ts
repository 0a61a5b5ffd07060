// A machine that is what it is told to be.
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { Hardware } from '../../src-main/swarm/ports.ts';

export type FakeHardware = Hardware & { become(change: Partial<HardwareFacts>): void };

export function fakeHardware(start: Partial<HardwareFacts> = {}): FakeHardware {
  const watchers = new Set<(facts: HardwareFacts) => void>();
  let facts: HardwareFacts = {
    os: 'Fake 1',
    arch: 'x64',
    cpu: { model: 'Fake CPU', cores: 4 },
    ram: { totalMb: 8192, freeMb: 4096 },
    gpus: [],
    load: 0.1,
    battery: null,
    ...start,
  };
  return {
    facts: () => Promise.resolve(facts),
    fresh: () => Promise.resolve(facts),
    watch(changed) {
      watchers.add(changed);
      return () => void watchers.delete(changed);
    },
    stop: () => watchers.clear(),
    become(change) {
      facts = { ...facts, ...change };
      for (const watcher of watchers) watcher(facts);
    },
  };
}
