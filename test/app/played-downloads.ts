// The downloads of a played node: they begin, rest, go on and are put away; how far they are, the test says by changing the view.
import { implement } from '@orpc/server';
import { control } from '../../src-shared/control.ts';
import type { DownloadSource, ModelDownload, SuggestedModel } from '../../src-shared/download.ts';
import type { EngineFacts } from '../../src-shared/engine.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import { recommendedFor } from '../../src-shared/recommended.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { fitOf } from '../../src-main/jobs/fit.ts';
import { modelNeedMb } from '../../src-main/jobs/reservations.ts';
import { failure } from './played-answers.ts';

export type DownloadStage = { view: () => SwarmView; change: (edit: (view: SwarmView) => SwarmView) => void };

// oxlint-disable-next-line typescript/explicit-function-return-type -- a part of the router
export function playedDownloads({ view, change }: DownloadStage, note: (name: string, input?: unknown) => void) {
  const os = implement(control).downloads;
  const edit = (next: (all: readonly ModelDownload[]) => ModelDownload[]): void =>
    change((old) => ({ ...old, downloads: next(old.downloads ?? []) }));
  const set = (id: string, state: ModelDownload['state']): void => {
    if (!(view().downloads ?? []).some((one) => one.id === id)) throw failure('not-found');
    edit((all) => all.map((one) => (one.id === id ? { ...one, state, failure: null } : one)));
  };
  const there: ModelDownload[] = [];
  return {
    suggest: os.suggest.handler(() => suggested(view())),
    start: os.start.handler(({ input }) => {
      note('downloads.start', input);
      if (input.engine === 'embedded' && !input.url.endsWith('.gguf')) throw failure('bad-model-address');
      edit((all) => [...all, playedDownload(input)]);
    }),
    pause: os.pause.handler(({ input: { id } }) => {
      note('downloads.pause', id);
      set(id, 'paused');
    }),
    resume: os.resume.handler(({ input: { id } }) => {
      note('downloads.resume', id);
      set(id, 'running');
    }),
    cancel: os.cancel.handler(({ input: { id } }) => {
      note('downloads.cancel', id);
      edit((all) => all.filter((one) => one.id !== id));
    }),
    elsewhere: os.elsewhere.handler(({ input: { peerId, get } }) => {
      const { self, peers, membership } = view();
      if (membership.members.find((one) => one.self)?.permissions.models !== true) throw failure('not-permitted');
      const offer = peers.find((peer) => peer.peerId === peerId)?.offer;
      const engine = offer?.leads?.engine;
      if (offer == null || engine === undefined) throw failure('not-reachable');
      if (get !== undefined) {
        note('downloads.elsewhere', get);
        there.push(playedDownload(get, { totalBytes: 10_000_000_000 }));
        change((old) => ({ ...old, peers: old.peers.map((peer) => downloadingThere(peer, peerId, there.at(-1)?.name ?? '')) }));
      }
      const far = offer.downloading?.progress ?? 0;
      return {
        suggested: suggestedFor(offer.hardware, engine.kind === 'ollama' ? 'ollama' : 'embedded', engine.device),
        downloads: there.map((one) => ({
          ...one,
          receivedBytes: far * 10_000_000_000,
          bytesPerSecond: 50_000_000,
          askedBy: { peerId: self.peerId ?? '', name: self.name },
        })),
      };
    }),
  };
}

/** One that has just begun. */
export function playedDownload(source: DownloadSource, changes: Partial<ModelDownload> = {}): ModelDownload {
  const name = source.engine === 'ollama' ? source.name : (source.url.split('/').at(-1) ?? source.url);
  const id = globalThis.crypto.randomUUID();
  const begun = { receivedBytes: 0, totalBytes: null, bytesPerSecond: null, again: false, failure: null } as const;
  return { id, source, name, state: 'running', ...begun, ...changes };
}

function downloadingThere(peer: SwarmView['peers'][number], peerId: string, name: string): SwarmView['peers'][number] {
  return peer.peerId !== peerId || peer.offer === null ? peer : { ...peer, offer: { ...peer.offer, downloading: { name, progress: 0 } } };
}

function suggested({ self, settings }: SwarmView): SuggestedModel[] {
  if (settings.engine === 'openai') return [];
  return suggestedFor(self.hardware, settings.engine, self.engine?.device ?? { kind: 'unknown' as const, name: '', why: '' });
}

function suggestedFor(hardware: HardwareFacts, engine: DownloadSource['engine'], device: EngineFacts['device']): SuggestedModel[] {
  const { best, all } = recommendedFor(hardware);
  return all.map((model) => {
    const { sizeBytes } = engine === 'ollama' ? model.ollama : model.file;
    const source: DownloadSource = engine === 'ollama' ? { engine, name: model.ollama.name } : { engine, url: model.file.url };
    const fit = fitOf(modelNeedMb({ sizeBytes }), hardware, { device });
    return { title: model.title, source, sizeBytes, fit, best: model === best, here: false };
  });
}
