// Which swarm keys a device still uses: the epoch's that the roster names, and for a while those before it.
import type { Crypto, EpochKey, Keyring } from './ports.ts';
import type { RosterState } from './roster-state.ts';

/** A member that slept longer needs an invite or the new swarm.key. Issue 3. */
export const retiredDays = 30;
const retiredMs = retiredDays * 86_400_000;
/** More removals than this in 30 days: the oldest keys go first. */
const maxRetired = 128;

export function newKeyring(key: EpochKey): Keyring {
  return { current: key, retired: [] };
}

/**
 * Knows one more key, without using it: what an admin persists before the statement that names it. Should that never come to be written,
 * the key goes the way of the retired ones.
 */
export function keepKey(keyring: Keyring, key: EpochKey, now: number): Keyring {
  if (all(keyring).some((known) => known.key === key.key)) return keyring;
  return { ...keyring, retired: sorted([...keyring.retired, { ...key, until: now + retiredMs }]) };
}

/**
 * Takes keys that another device offers, and switches to the roster's epoch when its key is known. Only keys that an effective statement
 * names are taken, under the number it gives them, and none older than the one in use: else a key could outlive its 30 days by being
 * handed round. The same object when nothing changes. `now`: wall clock of this device, ms.
 */
export function takeKeys(
  keyring: Keyring,
  state: Pick<RosterState, 'epoch' | 'keyHashes'>,
  offered: readonly EpochKey[],
  crypto: Pick<Crypto, 'hash'>,
  now: number,
): Keyring {
  const numberOf = (key: string): number | undefined => state.keyHashes.get(crypto.hash(key));
  const inUse = numberOf(keyring.current.key) ?? 0;
  let next = keyring;
  for (const { key } of offered) {
    const epoch = numberOf(key);
    if (epoch !== undefined && epoch >= inUse) next = keepKey(next, { epoch, key }, now);
  }
  const named = all(next).find(({ key }) => crypto.hash(key) === state.epoch?.keyHash);
  if (named === undefined || state.epoch === null) return next;
  const current: EpochKey = { epoch: state.epoch.number, key: named.key };
  if (named.key === next.current.key) return named.epoch === current.epoch ? next : { ...next, current };
  const old = { ...next.current, until: now + retiredMs };
  return { current, retired: sorted([old, ...next.retired.filter(({ key }) => key !== current.key)]) };
}

/**
 * What a member may be given: the key in force, and only together with the statements that made it so. A key alone could reach a device
 * that was removed when it was made, through one that has the key already and not yet heard of the removal.
 */
export function keysFor(keyring: Keyring, state: Pick<RosterState, 'epoch'>, crypto: Pick<Crypto, 'hash'>): EpochKey[] {
  return state.epoch !== null && crypto.hash(keyring.current.key) === state.epoch.keyHash ? [keyring.current] : [];
}

/** Without the keys whose time is over. The same object when there are none. */
export function prune(keyring: Keyring, now: number): Keyring {
  const retired = keyring.retired.filter(({ until }) => until > now);
  return retired.length === keyring.retired.length ? keyring : { ...keyring, retired };
}

function all(keyring: Keyring): readonly EpochKey[] {
  return [keyring.current, ...keyring.retired];
}

function sorted(retired: Keyring['retired']): Keyring['retired'] {
  return retired.toSorted((a, b) => b.epoch - a.epoch || b.until - a.until).slice(0, maxRetired);
}
