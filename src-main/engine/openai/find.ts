// Which servers with the OpenAI API run on this machine at the addresses that their programs take by themselves.
import { foundServer, type FoundServer } from '../../../src-shared/local-engine.ts';
import type { ServerProgram } from '../../../src-shared/engine.ts';
import { lookAtServer } from './look.ts';

/** LM Studio's server and llama-server listen there unless they are told otherwise. Loopback alone: nobody else is asked. */
export const usualAddresses: Readonly<Record<ServerProgram, string>> = {
  'lm-studio': 'http://127.0.0.1:1234',
  'llama-server': 'http://127.0.0.1:8080',
};

/** A program on this machine that does not answer by then is at something else, ms. */
const answerMs = 1500;

/** Each program with what was found of it, in a fixed order. Never fails. Another program at such an address is none of them. */
export type FindServers = () => Promise<FoundServer[]>;

/** Looks that are asked for while one is under way share it. */
export function serverFinder(addresses: Readonly<Record<ServerProgram, string>> = usualAddresses): FindServers {
  let looking: Promise<FoundServer[]> | undefined;
  const one = async (program: ServerProgram): Promise<FoundServer> => {
    const address = addresses[program];
    const absent: FoundServer = { program, address, state: 'absent', models: [] };
    try {
      const seen = await lookAtServer({ address, signal: AbortSignal.timeout(answerMs) });
      if (seen?.program !== program) return absent;
      const models = seen.models.map(({ name }) => name);
      return foundServer.parse({ ...absent, state: seen.state, models, ...(seen.version === undefined ? {} : { version: seen.version }) });
    } catch {
      return absent;
    }
  };
  return () =>
    (looking ??= Promise.all([one('lm-studio'), one('llama-server')]).finally(() => {
      looking = undefined;
    }));
}
