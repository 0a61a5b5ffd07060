// Gathers what the doctor reads: the view, what was found on the network, and what the engine could run, also one that is not started.
import type { DiscoveryReport } from '../../src-shared/discovery.ts';
import type { DoctorReport } from '../../src-shared/doctor.ts';
import { toFailure } from '../../src-shared/failure.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { Engine } from '../jobs/ports.ts';
import { examine, type DoctorFacts } from './doctor.ts';
import type { HostFacts } from './finding.ts';
import type { LocalEngines } from './local-engines.ts';
import type { NetworkNews } from './network-news.ts';

export type Examined = {
  view: () => SwarmView;
  news: Pick<NetworkNews, 'trouble'>;
  host: HostFacts;
  found: () => Promise<DiscoveryReport>;
  engines: LocalEngines;
  running: () => Engine | null;
  /** One for the look, where none runs. */
  make: () => Engine;
  date: () => number;
};

/** @returns looks anew with each call; rejects only where the view cannot be built */
export function examining({ view, news, host, found, engines, running, make, date }: Examined): () => Promise<DoctorReport> {
  return async () => {
    const net = { listen: news.trouble('listen') ?? null, mdns: news.trouble('mdns') ?? null, searching: host.searching };
    const [discovery, engine, ollamaAt, servers] = await Promise.all([
      found(),
      runnable(running(), make),
      ollamaReach(engines, host),
      engines.servers(),
    ]);
    return examine({ view: view(), ...net, discovery, ollamaAt, servers, now: date(), ...engine });
  };
}

/** Where else the Ollama of this machine answers; null: there is none, it runs on another machine, or nobody can look. */
async function ollamaReach(engines: LocalEngines, { openToNetwork }: HostFacts): Promise<readonly string[] | null> {
  if (openToNetwork === undefined) return null;
  const found = (await engines.look()).find(({ kind }) => kind === 'ollama');
  if (found?.facts.address === undefined || found.failure !== null || found.facts.remote === true) return null;
  return openToNetwork(found.facts.address);
}

/**
 * Never rejects: an engine that cannot list its models is told by its failure.
 * @param running null: one is made for the look, and stopped again
 */
async function runnable(running: Engine | null, make: () => Engine): Promise<Pick<DoctorFacts, 'models' | 'engine'>> {
  const engine = running ?? make();
  try {
    const { length } = await engine.models();
    return { models: length, engine: engine.facts() };
  } catch (error) {
    return { models: toFailure(error).toShape(), engine: engine.facts() };
  } finally {
    if (running === null) await engine.stop();
  }
}
