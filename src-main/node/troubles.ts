// What is wrong with this machine, for its person: the worst first.
import { Failure, type FailureShape } from '../../src-shared/failure.ts';
import type { Repaired } from '../store/conversations/salvage.ts';
import type { Linking } from './linking.ts';

export type TroubleFacts = {
  network: ReturnType<Linking['state']>;
  /** Of the wished port; undefined: none. */
  listen: FailureShape | undefined;
  mdns: FailureShape | undefined;
  /** The engine may not be lent. */
  withheld: Failure | undefined;
  membership: readonly FailureShape[];
  /** The settings file could not be read. */
  settingsDamaged: boolean;
  repaired: Pick<Repaired, 'setAside'> | null;
};

/** The hint of conversations-damaged is the path of the file that was set aside. */
export function troublesOf(facts: TroubleFacts): FailureShape[] {
  const settings = facts.settingsDamaged
    ? new Failure('internal', 'The settings file was damaged; the last good one is in force.').toShape()
    : undefined;
  const saved = facts.repaired;
  const repaired =
    saved === null
      ? undefined
      : new Failure('conversations-damaged', 'The conversations were damaged.', { hint: saved.setAside }).toShape();
  return [
    typeof facts.network === 'object' ? facts.network.failed : undefined,
    facts.listen,
    facts.withheld?.toShape(),
    ...facts.membership,
    facts.mdns,
    settings,
    repaired,
  ].filter((trouble) => trouble !== undefined);
}
