import { onItsWay } from '../../../src-shared/download.ts';
import { isWithheld, type EngineDevice } from '../../../src-shared/engine.ts';
import type { HardwareFacts } from '../../../src-shared/hardware.ts';
import type { MemberView } from '../../../src-shared/member.ts';
import type { ModelInfo } from '../../../src-shared/model.ts';
import { leadsNow, type Downloading, type Pause } from '../../../src-shared/peer.ts';
import { isEngineDown, type Role } from '../../../src-shared/role.ts';
import { staleMs } from '../../../src-shared/snapshot.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import type { DotState } from '../../ui/index.ts';

/** A machine as this feature draws it: this one and the peers in one shape. Unknown is null. */
export type Machine = {
  id: string;
  name: string;
  self: boolean;
  /** On the list of members, so that forgetting it would be no removal. */
  member: boolean;
  state: 'connected' | 'away' | 'found';
  role: Role | null;
  /** Answers for others right now. */
  leads: boolean;
  /** It is to answer, and its engine does not run. */
  engineDown: boolean;
  hardware: HardwareFacts | null;
  models: readonly ModelInfo[];
  device: EngineDevice | null;
  slots: { total: number; free: number } | null;
  waiting: number | null;
  /** Answers that it writes now. */
  running: number | null;
  /** tokens/s of its last answers, newest last. */
  recent: readonly number[];
  /** Wall clock ms when its Axon started, as it says. */
  startedAt: number | null;
  /** What a newcomer would wait for a slot, ms. */
  waitMs: number | null;
  /** Memory held for models that run or load, MiB. */
  reservedMb: number | null;
  /** Why it answers nobody but its owner now; null: it does not pause */
  paused: Pause | null;
  /** A model on its way to it. */
  downloading: Downloading | null;
  /** Chosen before others when it can answer. */
  preferred: boolean;
  latencyMs: number | null;
  lastSeen: number | null;
  /** Wall clock ms when what it says of itself was last so; null: unknown, or it is this machine */
  toldAt: number | null;
  /** Its Axon does not speak with this one. */
  tooOld: boolean;
  version: string | null;
  addresses: readonly string[];
};

/** A machine in one line. */
export type MachineLine = Pick<Machine, 'id' | 'name' | 'self' | 'state' | 'leads' | 'engineDown' | 'paused' | 'latencyMs' | 'tooOld'> & {
  /** As gpuNames tells them. */
  gpus: string[] | null;
  /** It said something of its hardware. */
  told: boolean;
};

/** Every machine in one line, in the order of `machines`: what it does not show of a machine may change without it. */
export function machineLines(view: Parameters<typeof machines>[0]): MachineLine[] {
  return machines(view).map(({ id, name, self, state, leads, engineDown, paused, latencyMs, tooOld, hardware }) => ({
    ...{ id, name, self, state, leads, engineDown, paused, latencyMs, tooOld },
    gpus: gpuNames(hardware),
    told: hardware !== null,
  }));
}

/** A question of this window that is with a machine now. */
export type QuestionRoute = {
  peerId: string;
  /** Its answer comes; false: it was asked, and nothing came yet */
  writing: boolean;
};

/**
 * This machine first, then leaders, then the others that are here, then those that are not; by name within each.
 * A member is there though this machine never met it; who only knocks, or was removed, is not.
 */
export function machines(view: Pick<SwarmView, 'self' | 'peers' | 'settings' | 'membership' | 'downloads'>): Machine[] {
  const { members, applicants, removed } = view.membership;
  const outside = new Set([...applicants, ...removed].map(({ peerId }) => peerId));
  const met = new Set(view.peers.map(({ peerId }) => peerId));
  const others = [
    ...view.peers.filter(({ peerId }) => !outside.has(peerId)).map((peer) => peerMachine(peer, members)),
    ...members.filter(({ peerId, self }) => !self && !met.has(peerId)).map(memberMachine),
  ]
    .map((machine) => ({ ...machine, preferred: machine.id === view.settings.preferred }))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  const self = selfMachine(view.self, isWithheld(view.self.engine, view.settings), onItsWay(view.downloads ?? []) ?? null);
  return [self, ...others];
}

export function dotOf(machine: Pick<Machine, 'state' | 'leads' | 'engineDown' | 'paused' | 'tooOld'>): DotState {
  if (machine.tooOld) return 'trouble';
  if (machine.state !== 'connected') return 'away';
  if (machine.engineDown) return 'trouble';
  if (!machine.leads) return 'idle';
  return machine.paused === null ? 'live' : 'busy';
}

/** What is known of it may no longer be so: it is away, or it did not confirm it for too long. `now`: wall clock ms */
export function isStale(machine: Machine, now: number): boolean {
  if (machine.self) return false;
  return machine.state !== 'connected' || (machine.toldAt !== null && now - machine.toldAt > staleMs);
}

/** Every model that some machine lends, by name. */
export function modelNames(list: readonly Machine[]): string[] {
  return [...new Set(list.flatMap(({ models }) => models.map(({ name }) => name)))].toSorted((a, b) => a.localeCompare(b));
}

/** model: null is any, so that all have it */
export function hasModel(machine: Machine, model: string | null): boolean {
  return model === null || machine.models.some(({ name }) => name === model);
}

/** The GPUs by name; null: not known, or not looked at yet. [] means there is none. */
export function gpuNames(hardware: HardwareFacts | null): string[] | null {
  return hardware === null || hardware.unknown?.includes('gpus') === true ? null : hardware.gpus.map((gpu) => gpu.name);
}

function rank(machine: Machine): number {
  if (machine.state === 'connected') return machine.leads ? 0 : 1;
  return machine.state === 'away' ? 2 : 3;
}

function selfMachine(self: SwarmView['self'], withheld: boolean, downloading: Downloading | null): Machine {
  const { actual } = self.role;
  return {
    id: self.peerId ?? 'self',
    name: self.name,
    self: true,
    member: false,
    state: 'connected',
    role: self.role.wanted,
    leads: actual.kind === 'leader' && !withheld,
    engineDown: isEngineDown(self),
    hardware: self.hardware,
    models: self.models,
    device: self.engine?.device ?? null,
    slots: self.engine?.slots ?? null,
    waiting: actual.kind === 'leader' ? actual.waiting : null,
    running: actual.kind === 'leader' || actual.kind === 'draining' ? actual.running : null,
    recent: actual.kind === 'leader' ? (self.recent ?? []) : [],
    startedAt: self.startedAt ?? null,
    waitMs: null,
    reservedMb: null,
    paused: actual.kind === 'leader' ? self.paused : null,
    downloading,
    preferred: false,
    latencyMs: null,
    lastSeen: null,
    toldAt: null,
    tooOld: false,
    version: self.version,
    addresses: self.addresses,
  };
}

function peerMachine(peer: SwarmView['peers'][number], members: readonly MemberView[]): Machine {
  const { offer } = peer;
  const member = members.find(({ peerId }) => peerId === peer.peerId);
  const leads = offer?.leads ?? null;
  return {
    id: peer.peerId,
    // The name on the list of members is the one that an admin may have given.
    name: member?.name ?? offer?.name ?? peer.name,
    member: member !== undefined,
    self: false,
    state: peer.state,
    role: offer?.role ?? null,
    leads: peer.state === 'connected' && leadsNow(offer),
    engineDown: peer.state === 'connected' && offer?.engineDown === true,
    hardware: offer?.hardware ?? null,
    models: leads?.models ?? [],
    device: leads?.engine.device ?? null,
    slots: leads?.slots ?? null,
    waiting: leads?.waiting ?? null,
    running: leads === null ? null : Math.max(0, leads.slots.total - leads.slots.free),
    recent: leads?.recent ?? [],
    startedAt: peer.state === 'connected' ? (offer?.startedAt ?? null) : null,
    waitMs: leads?.waitMs ?? null,
    reservedMb: leads?.reservedMb ?? null,
    paused: leads?.paused ?? null,
    downloading: offer?.downloading ?? null,
    preferred: false,
    latencyMs: peer.latencyMs,
    lastSeen: peer.lastSeen,
    toldAt: peer.offerAt ?? null,
    tooOld: peer.tooOld ?? false,
    version: offer?.version ?? null,
    addresses: peer.addresses,
  };
}

function memberMachine({ peerId, name, connected, lastSeen }: MemberView): Machine {
  return {
    id: peerId,
    name,
    self: false,
    member: true,
    state: connected ? 'connected' : 'away',
    role: null,
    leads: false,
    engineDown: false,
    hardware: null,
    models: [],
    device: null,
    slots: null,
    waiting: null,
    running: null,
    recent: [],
    startedAt: null,
    waitMs: null,
    reservedMb: null,
    paused: null,
    downloading: null,
    preferred: false,
    latencyMs: null,
    lastSeen,
    toldAt: null,
    tooOld: false,
    version: null,
    addresses: [],
  };
}
