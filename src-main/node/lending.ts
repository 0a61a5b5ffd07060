// Answers of this machine for the others: what its owner holds back is refused before anything is done for it.
import { Failure } from '../../src-shared/failure.ts';
import type { ServedChat } from '../jobs/ports.ts';
import type { Leading } from './leading.ts';
import type { Membership } from './membership.ts';
import type { Offering } from './offering.ts';
import type { Pausing } from './pausing.ts';

/** Why an engine is not lent though it runs. */
export const vulnerable = (): Failure =>
  new Failure('engine-vulnerable', 'The version of the engine has a known hole, so it is not lent to others.');

/** Peers may ask what is not offered. Fails with engine-vulnerable and not-permitted, and as the engine does. */
export function lending(
  offer: Pick<Offering, 'withheld'>,
  pauses: Pick<Pausing, 'now' | 'known'>,
  lead: Pick<Leading, 'admission' | 'chat' | 'downloads'>,
  members: Pick<Membership, 'mayManageModels'>,
): ServedChat {
  return async function* lend(request, signal, from) {
    if (offer.withheld()) throw vulnerable();
    if (pauses.now().mode !== 'pause') await pauses.known();
    signal.throwIfAborted();
    if (lead.downloads().some(({ name }) => name === request.model) && !members.mayManageModels(from))
      throw new Failure('not-permitted', 'That device may not have models downloaded here.');
    // who is refused anyway has nothing downloaded
    const chat = pauses.now().mode === 'pause' ? lead.admission.chat : lead.chat;
    yield* chat(request, signal, from);
  };
}
