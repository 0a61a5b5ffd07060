// Who sees the pictures of a question. Pure.
import { leadsNow, seesImages } from '../../../../src-shared/peer.ts';
import type { Offer } from '../../../../src-shared/peer.ts';
import type { SwarmView } from '../../../../src-shared/swarm-view.ts';
import { othersToAsk } from '../../../node/may-ask.ts';
import type { AskedOf } from '../slots.ts';

/** A model that sees, on a machine that can be asked now. */
export type Seer = { machine: string; machineName: string; model: string };

type Seeable = Pick<SwarmView, 'self' | 'peers' | 'membership'>;

/** This machine's first, then by name; of each machine in the order of its list. */
export function seers(view: Seeable): Seer[] {
  const { self } = view;
  const own =
    self.role.actual.kind === 'leader' && self.peerId !== null
      ? self.models
          .filter((model) => seesImages(self.engine, model))
          .map(({ name }) => ({ machine: self.peerId ?? '', machineName: self.name, model: name }))
      : [];
  const others = othersToAsk(view).flatMap(({ peerId, offer }) => seersOf(peerId, offer));
  return [...own, ...others.toSorted((a, b) => a.machineName.localeCompare(b.machineName))];
}

function seersOf(machine: string, offer: Offer | null): Seer[] {
  if (offer?.leads == null || !leadsNow(offer)) return [];
  const { engine, models } = offer.leads;
  return models.filter((model) => seesImages(engine, model)).map(({ name }) => ({ machine, machineName: offer.name, model: name }));
}

/** Whether nobody who was picked sees: then a question with pictures is not sent. */
export function isBlind({ model, machine }: AskedOf, able: readonly Seer[]): boolean {
  return !able.some((one) => (model === null || one.model === model) && (machine === null || one.machine === machine));
}
