// Machines to choose among, with valid peer ids and facts that fit the wire; and what is asked of them.
import type { ChatRequest } from '../../src-shared/chat.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { Candidate } from '../../src-main/swarm/placement.ts';
import type { Leads } from './fake-offer.ts';

export const plainHardware: HardwareFacts = {
  os: 'Linux',
  arch: 'x64',
  cpu: { model: 'c', cores: 1 },
  ram: { totalMb: 1, freeMb: 1 },
  gpus: [],
  load: null,
  battery: null,
};

/** A zero is no digit of base58. */
export const peerCalled = (name: string): string => `12D3KooW${name.padEnd(44, name)}`.slice(0, 52).replaceAll('0', 'o');

export function candidateLeader(name: string, more: Partial<Omit<Candidate, 'offer'>> & { leads?: Partial<Leads> | null } = {}): Candidate {
  const { leads = {}, ...rest } = more;
  const offered: Leads | null =
    leads === null
      ? null
      : {
          models: [{ name: 'tiny', loaded: true }],
          slots: { total: 2, free: 2 },
          waiting: 0,
          maxWaiting: 4,
          engine: engineOf({}),
          ...leads,
        };
  return {
    peerId: peerCalled(name),
    name,
    local: false,
    connected: true,
    latencyMs: 5,
    offer: {
      revision: 1,
      name,
      version: '0.1.0',
      role: leads === null ? 'subordinate' : 'leader',
      hardware: plainHardware,
      leads: offered,
    },
    ...rest,
  };
}
export const engineOf = (more: object): Leads['engine'] => ({ kind: 'fake', device: { kind: 'cpu', name: '', why: '' }, ...more });
export const asksFor = (model?: string): ChatRequest => ({
  id: '00000000-0000-4000-8000-000000000000',
  messages: [{ role: 'user', content: 'hi' }],
  parameters: {},
  ...(model === undefined ? {} : { model }),
});
export const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as { code: string }).code;
  }
};
