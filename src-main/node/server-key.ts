// Which key goes to the server of the settings: the environment's, or the one that was kept for that very address.
import { Failure } from '../../src-shared/failure.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { ServerKeyFile } from '../store/server-key.ts';

export type ServerKey = {
  /** For the address that is set; undefined: none. Never for a server that was found without being set. */
  of(settings: Settings): string | undefined;
  /** Where that one comes from. */
  from(settings: Settings): 'kept' | 'environment' | undefined;
  /** For the address that is set now, in place of any other one; null: it is forgotten. Fails with bad-request, bad-address. */
  keep(settings: Settings, key: string | null): Promise<void>;
};

/**
 * @param file where it is kept
 * @param given AXON_OPENAI_KEY; it goes before the kept one
 * @param addressOf one spelling of each address; fails with bad-address
 */
export function serverKey(file: ServerKeyFile, given: string | undefined, addressOf: (url: string) => string): ServerKey {
  const kept = ({ openaiUrl }: Settings): string | undefined => {
    const one = file.get();
    if (one === null || openaiUrl === undefined) return undefined;
    try {
      // so that whoever changes the address, a page that was taken over say, does not send the key elsewhere
      return addressOf(openaiUrl) === one.address ? one.key : undefined;
    } catch {
      // the engine says what is wrong with it
      return undefined;
    }
  };
  return {
    of: (settings) => (settings.openaiUrl === undefined ? undefined : (given ?? kept(settings))),
    from(settings) {
      if (settings.openaiUrl === undefined) return undefined;
      return given !== undefined ? 'environment' : kept(settings) === undefined ? undefined : 'kept';
    },
    async keep(settings, key) {
      if (settings.openaiUrl === undefined && key !== null)
        throw new Failure('bad-request', 'A key is kept for one address, and no address of a server is set.', {
          hint: 'Set the address of the server first.',
        });
      await file.set(key === null || settings.openaiUrl === undefined ? null : { address: addressOf(settings.openaiUrl), key });
    },
  };
}
