// The swarm keys of this device on disk: swarm.key is the one in force, keys.json has all that are still good for something.
import { Failure } from '../../src-shared/failure.ts';
import type { Clock } from '../jobs/ports.ts';
import { keepKey, newKeyring, prune, takeKeys } from '../membership/keyring.ts';
import type { Crypto, EpochKey, Keyring } from '../membership/ports.ts';
import type { RosterState } from '../membership/roster-state.ts';
import type { Kept, KeptKeys } from '../store/trust-files.ts';
import type { NodeOptions } from './options.ts';

export type KeyBook = {
  /** Reads swarm.key anew: between two starts of the network other hands may have changed it. */
  reload(): void;
  /** null: there is no swarm.key, or it is damaged. */
  keyring(): Keyring | null;
  /** One more key, on disk before anything is said about it; not used yet. */
  keep(key: EpochKey): void;
  /** Takes keys that the roster names, and brings swarm.key to its epoch. True: something changed. */
  take(state: RosterState, offered: readonly EpochKey[]): boolean;
  /** This very key was made here, and no roster begun for it. */
  isFounding(): boolean;
  founded(): void;
  /** Another swarm: its key, and nothing of the old one. founding: it was made here. */
  replace(key: EpochKey, founding: boolean): void;
  forget(): void;
};

type Files = { keys: Kept<KeptKeys>; keyFile: NodeOptions['keyFile']; keyFormat: NodeOptions['keyFormat'] };

export function keyBook({ keys, keyFile, keyFormat }: Files, clock: Clock, crypto: Crypto): KeyBook {
  let ring: Keyring | null | undefined;

  const read = (): Keyring | null => {
    const content = keyFile.read();
    if (content === undefined) return null;
    const key = hexOf(keyFormat.parse(content, { size: content.byteLength }));
    const { known } = keys.get();
    const epoch = known.find((one) => one.key === key)?.epoch ?? 0;
    const others = known.filter((one) => one.key !== key);
    return others.reduce<Keyring>((all, { until, ...one }) => {
      const kept = keepKey(all, one, clock.date());
      return until === null ? kept : { ...kept, retired: kept.retired.map((old) => (old.key === one.key ? { ...old, until } : old)) };
    }, newKeyring({ epoch, key }));
  };
  const keyring = (): Keyring | null => {
    try {
      ring ??= read();
    } catch {
      // linking.ts says what is wrong with the file
      return null;
    }
    return ring === null ? null : (ring = prune(ring, clock.date()));
  };
  const textOf = (key: string): string => keyFormat.text(new Uint8Array(Buffer.from(key, 'hex')));
  /** keys.json first: it has both keys, whichever one a crash leaves in swarm.key. */
  const save = (next: Keyring): void => {
    const before = ring?.current.key;
    keys.set({ ...keys.get(), known: [{ ...next.current, until: null }, ...next.retired] });
    if (before !== next.current.key) keyFile.renew(textOf(next.current.key));
    ring = next;
  };

  return {
    reload: () => void (ring = undefined),
    keyring,
    keep(key) {
      const now = keyring();
      if (now === null) return;
      const next = keepKey(now, key, clock.date());
      if (next !== now) save(next);
    },
    take(state, offered) {
      const now = keyring();
      if (now === null) return false;
      const next = takeKeys(now, state, offered, crypto, clock.date());
      if (next === now) return false;
      save(next);
      return true;
    },
    isFounding() {
      const now = keyring();
      return now !== null && keys.get().founding === crypto.hash(now.current.key);
    },
    founded() {
      if (keys.get().founding !== null) keys.set({ ...keys.get(), founding: null });
    },
    replace({ epoch, key }, founding) {
      // the marker first: a swarm.key that nobody founded would be one that nobody can let in
      keys.set({ founding: founding ? crypto.hash(key) : null, known: [{ epoch, key, until: null }] });
      keyFile.write(textOf(key));
      ring = newKeyring({ epoch, key });
    },
    forget() {
      keyFile.forget();
      keys.forget(new Date(clock.date()));
      ring = null;
    },
  };
}

export function hexOf(key: Uint8Array): string {
  if (key.byteLength !== 32) throw new Failure('key-wrong-length', 'A swarm key has 32 bytes.');
  return Buffer.from(key).toString('hex');
}
