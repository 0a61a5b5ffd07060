// What a leader announces, for tests to which only a part of it matters: nothing is known of its hardware, and one small model is loaded.
import { unknownHardware } from '../../src-shared/hardware.ts';
import type { Offer } from '../../src-shared/peer.ts';
import type { Candidate } from '../../src-main/swarm/placement.ts';

export type Leads = NonNullable<Offer['leads']>;

/** One slot, which is free; `leads` says more, or other things. */
export function fakeOffer(name: string, leads: Partial<Leads> = {}): Offer {
  const usual: Leads = {
    models: [{ name: 'tiny', loaded: true }],
    slots: { total: 1, free: 1 },
    waiting: 0,
    maxWaiting: 4,
    engine: { kind: 'fake', device: { kind: 'cpu', name: '', why: '' } },
  };
  return { revision: 1, name, version: '1', role: 'leader', hardware: unknownHardware, leads: { ...usual, ...leads } };
}

/** A leader that is connected; its peer id is its name. */
export function fakeLeader(name: string, { leads, ...more }: Partial<Candidate> & { leads?: Partial<Leads> } = {}): Candidate {
  return { peerId: name, name, local: false, connected: true, latencyMs: 1, offer: fakeOffer(name, leads), ...more };
}
