// `axon models`: which machine has which, and getting one, here or on a leader that lets this device do that. Needs a running node.
import { setTimeout as sleep } from 'node:timers/promises';
import { downloadSource, sameSource, type DownloadSource, type ModelDownload, type SuggestedModel } from '../../src-shared/download.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { LocalModel } from '../../src-shared/local-engine.ts';
import { leadsNow, type OfferedModel } from '../../src-shared/peer.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { fitOf } from '../jobs/fit.ts';
import { modelNeedMb } from '../jobs/reservations.ts';
import type { Home } from '../store/home.ts';

import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { call, pickNamed, withNode } from './members.ts';
import type { Reached } from './reach.ts';
import { harmless, say, sizeWords } from './words.ts';

type Row = Pick<LocalModel, 'name' | 'loaded' | 'fit'> & { sizeBytes: number | null };
type Rows = {
  peerId: string | null;
  name: string;
  self: boolean;
  models: Row[];
  downloading: { name: string; progress: number | null } | null;
};

/** Every machine that has models, this one first. @throws Failure disconnected when no node runs */
export async function listModels(home: Home, { json }: { json: boolean }, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const rows = await rowsOf(reached, view);
    // others call their models what they like
    await io.out(json ? jsonLine(rows) : `${rows.flatMap(linesOf).map(harmless).join('\n')}\n`);
  });
}

async function rowsOf(reached: Reached, view: SwarmView): Promise<Rows[]> {
  const engines = await call(reached, reached.client.engines.look());
  const here = engines.flatMap(({ models }) => models);
  const [now] = (view.downloads ?? []).filter(({ state }) => state !== 'done');
  const self: Rows = {
    ...{ peerId: view.self.peerId, name: view.self.name, self: true },
    models: here.map(({ name, loaded, fit, sizeBytes }) => ({ name, loaded, fit, sizeBytes: sizeBytes ?? null })),
    downloading: now === undefined ? null : { name: now.name, progress: shareOf(now) },
  };
  const others = view.peers.flatMap(({ peerId, name, state, offer }): Rows[] => {
    if (state !== 'connected' || offer === null || !leadsNow(offer)) return [];
    const { models, engine } = offer.leads;
    const row = (model: OfferedModel): Row => ({
      ...{ name: model.name, loaded: model.loaded, sizeBytes: model.sizeBytes ?? null },
      fit: fitOf(model.needMb ?? modelNeedMb(model), offer.hardware, engine),
    });
    return [{ peerId, name, self: false, models: models.map(row), downloading: offer.downloading ?? null }];
  });
  return [self, ...others];
}

function linesOf({ name, self, models, downloading }: Rows): string[] {
  const size = (bytes: number | null): string => (bytes === null ? say('models.sizeUnknown') : sizeWords(bytes));
  const row = (model: Row): string =>
    say('models.row', {
      ...{ name: model.name, size: size(model.sizeBytes), fit: say(`models.fit.${model.fit}`) },
      loaded: say(model.loaded ? 'models.loaded' : 'models.cold'),
    });
  return [
    self ? say('models.here', { name }) : name,
    ...(models.length === 0 ? [`  ${say('models.none')}`] : models.map((model) => `  ${row(model)}`)),
    ...(downloading === null
      ? []
      : [`  ${say('models.downloading', { name: downloading.name, percent: percentWords(downloading.progress) })}`]),
  ];
}

/** Between two looks at how far it is, ms. */
const lookEveryMs = 2_000;

/**
 * Gets one and stays until it is there; ended before, it goes on without this command.
 * @param what an https address, a name of Ollama's library, or undefined for the recommended one
 * @throws Failure why it could not be begun, or failed
 */
export async function getModel(home: Home, what: string | undefined, options: { on?: string; json: boolean }, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const on = options.on === undefined ? null : pickNamed(view.peers, options.on, say('models.noMachine', { who: options.on }));
    const there = on === null || on.peerId === view.self.peerId ? null : on.peerId;
    const source = await sourceOf(what, () => suggestedBy(reached, there));
    if (there === null) await call(reached, reached.client.downloads.start(source));
    else await call(reached, reached.client.downloads.elsewhere({ peerId: there, get: source }));
    let told = '';
    for (;;) {
      const found = (await downloadsOf(reached, there)).find((one) => sameSource(one.source, source));
      if (found === undefined) throw new Failure('not-found', say('models.gone'));
      if (found.state === 'failed') throw toFailure(found.failure ?? new Error('failed'));
      const words = say('models.progress', { name: found.name, percent: percentWords(shareOf(found)) });
      if (io.watched && words !== told) io.err(`${(told = words)}\n`);
      if (found.state === 'done') return await io.out(options.json ? jsonLine(found) : `${say('models.got', { name: found.name })}\n`);
      if (found.state === 'paused')
        return await io.out(options.json ? jsonLine(found) : `${say('models.isPaused', { name: found.name })}\n`);
      await sleep(lookEveryMs, undefined, { signal: io.stop });
    }
  });
}

async function suggestedBy(reached: Reached, peerId: string | null): Promise<SuggestedModel[]> {
  const { client } = reached;
  return peerId === null
    ? call(reached, client.downloads.suggest())
    : call(
        reached,
        client.downloads.elsewhere({ peerId }).then(({ suggested }) => suggested),
      );
}

async function downloadsOf(reached: Reached, peerId: string | null): Promise<readonly ModelDownload[]> {
  const { client } = reached;
  if (peerId !== null)
    return call(
      reached,
      client.downloads.elsewhere({ peerId }).then(({ downloads }) => downloads),
    );
  for await (const { downloads } of await client.view()) return downloads ?? [];
  return [];
}

async function sourceOf(what: string | undefined, suggested: () => Promise<SuggestedModel[]>): Promise<DownloadSource> {
  if (what === undefined) {
    const best = (await suggested()).find((model) => model.best);
    if (best === undefined) throw new Failure('not-found', say('models.noneSuggested'));
    return best.source;
  }
  const file = /^https?:/i.test(what);
  const parsed = downloadSource.safeParse(
    file ? { engine: 'embedded', url: what } : { engine: 'ollama', name: what.includes(':') ? what : `${what}:latest` },
  );
  if (!parsed.success) throw new Failure('bad-model-address', say('models.unreadable', { what }));
  return parsed.data;
}

/** Of this machine's downloads. @throws Failure not-found */
export async function changeDownload(home: Home, name: string, change: 'pause' | 'resume', io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const { id } = (view.downloads ?? []).find((one) => one.name === name && one.state !== 'done') ?? missing(name);
    await call(reached, reached.client.downloads[change]({ id }));
    await io.out(`${say(change === 'pause' ? 'models.isPaused' : 'models.goesOn', { name })}\n`);
  });
}

/** A download with what came of it, or a model of this machine, for good. @throws Failure not-found, model-in-use, not-allowed */
export async function removeModel(home: Home, name: string, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const { client } = reached;
    const coming = (view.downloads ?? []).find((one) => one.name === name && one.state !== 'done');
    if (coming !== undefined) await call(reached, client.downloads.cancel({ id: coming.id }));
    else {
      const engines = await call(reached, client.engines.look());
      const has = (engine: (typeof engines)[number]): boolean => engine.models.some((model) => model.name === name);
      const { kind } = engines.find((engine) => engine.chosen && has(engine)) ?? engines.find(has) ?? missing(name);
      await call(reached, client.engines.removeModel({ engine: kind, model: name }));
    }
    await io.out(`${say('models.removed', { name })}\n`);
  });
}

function missing(name: string): never {
  throw new Failure('not-found', say('models.missing', { name }));
}

const shareOf = ({ receivedBytes, totalBytes }: ModelDownload): number | null => (totalBytes === null ? null : receivedBytes / totalBytes);
const percentWords = (share: number | null): string => (share === null ? '?' : `${Math.floor(share * 100)}%`);
