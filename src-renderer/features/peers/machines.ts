import { isWithheld } from '../../../src-shared/engine.ts';
import type { HardwareFacts } from '../../../src-shared/hardware.ts';
import type { ModelInfo } from '../../../src-shared/model.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import type { DotState } from '../../ui/index.ts';

/** A machine as this feature draws it: this one and the peers in one shape. Unknown is null. */
export type Machine = {
  id: string;
  name: string;
  self: boolean;
  state: 'connected' | 'away' | 'found';
  role: 'leader' | 'subordinate' | null;
  /** Answers for others right now. */
  leads: boolean;
  hardware: HardwareFacts | null;
  models: readonly ModelInfo[];
  device: { kind: 'gpu' | 'cpu' | 'unknown'; name: string; why: string } | null;
  slots: { total: number; free: number } | null;
  waiting: number | null;
  latencyMs: number | null;
  lastSeen: number | null;
  version: string | null;
  addresses: readonly string[];
};

/** This machine first, then leaders, then the others that are here, then those that are not; by name within each. */
export function machines(view: Pick<SwarmView, 'self' | 'peers' | 'settings'>): Machine[] {
  const peers = view.peers.map(peerMachine).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  return [selfMachine(view.self, isWithheld(view.self.engine, view.settings)), ...peers];
}

export function dotOf(machine: Machine): DotState {
  if (machine.state !== 'connected') return 'away';
  return machine.leads ? 'live' : 'idle';
}

/** The GPUs by name, null when nothing is known; [] means there is none. */
export function gpuNames(hardware: HardwareFacts | null): string[] | null {
  return hardware === null ? null : hardware.gpus.map((gpu) => gpu.name);
}

function rank(machine: Machine): number {
  if (machine.state === 'connected') return machine.leads ? 0 : 1;
  return machine.state === 'away' ? 2 : 3;
}

function selfMachine(self: SwarmView['self'], withheld: boolean): Machine {
  const { actual } = self.role;
  return {
    id: self.peerId ?? 'self',
    name: self.name,
    self: true,
    state: 'connected',
    role: self.role.wanted,
    leads: actual.kind === 'leader' && !withheld,
    hardware: self.hardware,
    models: self.models,
    device: self.engine?.device ?? null,
    slots: self.engine?.slots ?? null,
    waiting: actual.kind === 'leader' ? actual.waiting : null,
    latencyMs: null,
    lastSeen: null,
    version: self.version,
    addresses: self.addresses,
  };
}

function peerMachine(peer: SwarmView['peers'][number]): Machine {
  const { offer } = peer;
  const leads = offer?.leads ?? null;
  return {
    id: peer.peerId,
    name: offer?.name ?? peer.name,
    self: false,
    state: peer.state,
    role: offer?.role ?? null,
    leads: peer.state === 'connected' && leads !== null,
    hardware: offer?.hardware ?? null,
    models: leads?.models ?? [],
    device: leads?.engine.device ?? null,
    slots: leads?.slots ?? null,
    waiting: leads?.waiting ?? null,
    latencyMs: peer.latencyMs,
    lastSeen: peer.lastSeen,
    version: offer?.version ?? null,
    addresses: peer.addresses,
  };
}
