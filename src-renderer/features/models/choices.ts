import { leadsNow } from '../../../src-shared/peer.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';

/** A model that somebody in the swarm offers now. */
export type ModelChoice = {
  name: string;
  sizeBytes: number | undefined;
  machines: { id: string; name: string; loaded: boolean }[];
};

/**
 * The models that can be asked now, over all machines that lead: loaded ones first, then by name. Equal names are one choice,
 * since placement treats them as one.
 */
export function modelChoices(view: Pick<SwarmView, 'self' | 'peers'>): ModelChoice[] {
  const byName = new Map<string, ModelChoice>();
  const add = (machine: { id: string; name: string }, models: SwarmView['self']['models']): void => {
    for (const model of models) {
      const choice = byName.get(model.name) ?? { name: model.name, sizeBytes: model.sizeBytes, machines: [] };
      choice.sizeBytes ??= model.sizeBytes;
      choice.machines.push({ ...machine, loaded: model.loaded });
      byName.set(model.name, choice);
    }
  };
  if (view.self.role.actual.kind === 'leader') add({ id: view.self.peerId ?? 'self', name: view.self.name }, view.self.models);
  for (const peer of view.peers) {
    if (peer.state === 'connected' && leadsNow(peer.offer)) add({ id: peer.peerId, name: peer.offer.name }, peer.offer.leads.models);
  }
  const loaded = (choice: ModelChoice): number => (choice.machines.some((machine) => machine.loaded) ? 0 : 1);
  return [...byName.values()].sort((a, b) => loaded(a) - loaded(b) || a.name.localeCompare(b.name));
}

/** A machine that can be asked by name. */
export type MachineChoice = { id: string; name: string; self: boolean; preferred: boolean; paused: boolean; models: readonly string[] };

/** The machines that answer now: this one first, then by name. */
export function machineChoices(view: Pick<SwarmView, 'self' | 'peers' | 'settings'>): MachineChoice[] {
  const { self, peers, settings } = view;
  const own: MachineChoice[] =
    self.role.actual.kind === 'leader' && self.peerId !== null
      ? [{ ...named(self.peerId, self.name, self.models, settings), self: true, paused: false }]
      : [];
  const others = peers.flatMap(({ peerId, state, offer }): MachineChoice[] => {
    if (state !== 'connected' || !leadsNow(offer)) return [];
    const { models, paused } = offer.leads;
    return [{ ...named(peerId, offer.name, models, settings), self: false, paused: paused != null }];
  });
  return [...own, ...others.sort((a, b) => a.name.localeCompare(b.name))];
}

function named(
  id: string,
  name: string,
  models: readonly { name: string }[],
  settings: SwarmView['settings'],
): Omit<MachineChoice, 'self' | 'paused'> {
  return { id, name, preferred: settings.preferred === id, models: models.map((model) => model.name) };
}

/** What a question goes to; null: whatever suits best. */
export type Picked = { model: string | null; machine: string | null };

/** What was picked, after one more pick: of a machine and a model that it does not have, the newer pick stays. */
export function pick(old: Picked, next: Partial<Picked>, machines: readonly MachineChoice[]): Picked {
  const picked = { ...old, ...next };
  const machine = machines.find(({ id }) => id === picked.machine);
  if (picked.model === null || machine === undefined || machine.models.includes(picked.model)) return picked;
  return next.machine == null ? { ...picked, machine: null } : { ...picked, model: null };
}
