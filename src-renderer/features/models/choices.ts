// Who can be asked now, and with which model. Pure.
import type { ModelCapability, ModelInfo } from '../../../src-shared/model.ts';
import { leadsNow } from '../../../src-shared/peer.ts';
import type { Offer } from '../../../src-shared/peer.ts';
import type { SwarmView } from '../../../src-shared/swarm-view.ts';
import { othersToAsk } from '../../node/may-ask.ts';

/** What a question goes to; null: whatever suits best. */
export type Picked = { model: string | null; machine: string | null };

/** A model of one machine. */
export type ModelChoice = Pick<ModelInfo, 'name' | 'loaded' | 'sizeBytes' | 'quantization' | 'parameters'> & {
  /** Tokens it can read at once there; null: nobody says */
  context: number | null;
  /** It takes more memory than the machine has, MiB; null: it fits, or nobody can tell */
  tooBig: { needMb: number; totalMb: number } | null;
  /** What it can besides writing, as far as it is known. */
  capabilities: readonly ModelCapability[];
};

/** A machine that can be asked by name. */
export type MachineChoice = {
  id: string;
  name: string;
  self: boolean;
  preferred: boolean;
  paused: boolean;
  models: readonly ModelChoice[];
};

/** The machines that answer now and may be asked: this one first, then by name. Of each its models: those that answer soonest first, those too big last. */
export function machineChoices(view: Pick<SwarmView, 'self' | 'peers' | 'settings' | 'membership'>): MachineChoice[] {
  const { self, settings } = view;
  const preferred = (id: string): boolean => settings.preferred === id;
  const own: MachineChoice[] =
    self.role.actual.kind === 'leader' && self.peerId !== null
      ? [
          {
            id: self.peerId,
            name: self.name,
            self: true,
            preferred: preferred(self.peerId),
            paused: false,
            models: modelChoices(self.models, memoryOf(self.hardware, self.engine)),
          },
        ]
      : [];
  const others = othersToAsk(view).flatMap(({ peerId, offer }): MachineChoice[] => {
    if (!leadsNow(offer)) return [];
    const { models, paused, engine } = offer.leads;
    return [
      {
        id: peerId,
        name: offer.name,
        self: false,
        preferred: preferred(peerId),
        paused: paused != null,
        models: modelChoices(models, memoryOf(offer.hardware, engine)),
      },
    ];
  });
  return [...own, ...others.sort((a, b) => a.name.localeCompare(b.name))];
}

type Offered = NonNullable<Offer['leads']>['models'][number];

/** @param totalMb null: unknown */
function modelChoices(models: readonly Offered[], totalMb: number | null): ModelChoice[] {
  const rank = ({ loaded, tooBig }: ModelChoice): number => (loaded ? 0 : tooBig === null ? 1 : 2);
  return models
    .map((model): ModelChoice => {
      const { name, loaded, sizeBytes, quantization, parameters } = model;
      // without a reckoning of the leader at least the file has to fit
      const needMb = model.needMb ?? (sizeBytes === undefined ? null : Math.ceil(sizeBytes / 1024 / 1024));
      return {
        name,
        loaded,
        sizeBytes,
        quantization,
        parameters,
        context: model.servedContext ?? model.contextLength ?? null,
        tooBig: !loaded && needMb !== null && totalMb !== null && needMb > totalMb ? { needMb, totalMb } : null,
        capabilities: model.capabilities ?? [],
      };
    })
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** All that models could get there: RAM, and cards of their own where the engine uses them; MiB, null: unknown. */
function memoryOf({ ram, gpus }: Offer['hardware'], engine: Pick<NonNullable<Offer['leads']>['engine'], 'device' | 'remote'> | null) {
  if (engine === null || engine.remote === true || ram.totalMb === null) return null;
  const cards = engine.device.kind === 'gpu' ? gpus.filter(({ unified }) => !unified) : [];
  // what its card has is not known, or whether it has one
  if (engine.device.kind === 'unknown' || cards.some(({ vramMb }) => vramMb === null)) return null;
  return cards.reduce((sum, { vramMb }) => sum + (vramMb ?? 0), ram.totalMb);
}

/** A model that several machines offer: placement chooses among them. Equal names are the same model to it. */
export type SharedChoice = { name: string; machines: readonly string[]; loaded: boolean };

/** What the picker lists, in order. hidden: models that were found as well, beyond what one list can hold */
export type PickerGroups = { shared: SharedChoice[]; machines: MachineChoice[]; hidden: number };

/** Models in the picker at once: nobody reads more, and drawing them takes its time. */
export const listedAtMost = 150;

/**
 * The models that match, by machine, after those that any of several machines can answer with. A machine whose name matches has all of
 * its models. @param search words, in any order, each within a model's name, parameters, quantization or abilities, or the machine's name
 */
export function pickerGroups(machines: readonly MachineChoice[], search: string): PickerGroups {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const matching = machines.map((machine) => ({
    ...machine,
    models: machine.models.filter((model) => matches(words, model, machine.name)),
  }));
  const byName = new Map<string, { name: string; machines: string[]; loaded: boolean }>();
  for (const { name: machine, models } of matching) {
    for (const { name, loaded } of models) {
      const choice = byName.get(name) ?? { name, machines: [], loaded: false };
      choice.machines.push(machine);
      choice.loaded ||= loaded;
      byName.set(name, choice);
    }
  }
  const shared = [...byName.values()].filter((choice) => choice.machines.length > 1).slice(0, listedAtMost);
  let room = listedAtMost - shared.length;
  let hidden = 0;
  const listed = matching.map((machine) => {
    const models = machine.models.slice(0, room);
    room -= models.length;
    hidden += machine.models.length - models.length;
    return { ...machine, models };
  });
  return { shared, machines: listed.filter(({ models }) => models.length > 0), hidden };
}

function matches(words: readonly string[], { name, quantization, parameters, capabilities }: ModelChoice, machine: string): boolean {
  const text = [name, quantization, parameters, ...capabilities, machine].join(' ').toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

/** What an option of the picker stands for, and the other way round: peer ids have no colon. */
export const optionValue = ({ model, machine }: Picked): string => `${machine ?? ''}:${model ?? ''}`;
export function pickedBy(value: string): Picked {
  const at = value.indexOf(':');
  const [machine, model] = [value.slice(0, at), value.slice(at + 1)];
  return { model: model === '' ? null : model, machine: machine === '' ? null : machine };
}
