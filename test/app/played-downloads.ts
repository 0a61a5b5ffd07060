// The downloads of a played node: they begin, rest, go on and are put away; how far they are, the test says by changing the view.
import { implement } from '@orpc/server';
import { control } from '../../src-shared/control.ts';
import type { DownloadSource, ModelDownload, SuggestedModel } from '../../src-shared/download.ts';
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
  };
}

/** One that has just begun. */
export function playedDownload(source: DownloadSource, changes: Partial<ModelDownload> = {}): ModelDownload {
  const name = source.engine === 'ollama' ? source.name : (source.url.split('/').at(-1) ?? source.url);
  const id = globalThis.crypto.randomUUID();
  const begun = { receivedBytes: 0, totalBytes: null, bytesPerSecond: null, again: false, failure: null } as const;
  return { id, source, name, state: 'running', ...begun, ...changes };
}

function suggested({ self, settings }: SwarmView): SuggestedModel[] {
  const { best, all } = recommendedFor(self.hardware);
  const device = self.engine?.device ?? { kind: 'unknown' as const, name: '', why: '' };
  return all.map((model) => {
    const { sizeBytes } = settings.engine === 'ollama' ? model.ollama : model.file;
    const source: DownloadSource =
      settings.engine === 'ollama' ? { engine: 'ollama', name: model.ollama.name } : { engine: 'embedded', url: model.file.url };
    const fit = fitOf(modelNeedMb({ sizeBytes }), self.hardware, { device });
    return { title: model.title, source, sizeBytes, fit, best: model === best, here: false };
  });
}
