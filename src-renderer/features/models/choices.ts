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
    if (peer.state === 'connected' && peer.offer?.leads != null) add({ id: peer.peerId, name: peer.offer.name }, peer.offer.leads.models);
  }
  const loaded = (choice: ModelChoice): number => (choice.machines.some((machine) => machine.loaded) ? 0 : 1);
  return [...byName.values()].sort((a, b) => loaded(a) - loaded(b) || a.name.localeCompare(b.name));
}
