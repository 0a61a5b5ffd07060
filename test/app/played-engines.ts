// The engines and models of the machine of a played node: what the view says of its engine, and an Ollama beside it.
import { toFailure, Failure } from '../../src-shared/failure.ts';
import type { FoundServer, LocalEngine, LocalModel } from '../../src-shared/local-engine.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { fitOf } from '../../src-main/jobs/fit.ts';
import { modelNeedMb } from '../../src-main/jobs/reservations.ts';

export type PlayedOllama = Pick<LocalEngine, 'facts' | 'models'>;

/** LM Studio and llama-server of this machine; what is not given is not there. */
export function playedServers(there: readonly FoundServer[]): FoundServer[] {
  const absent: FoundServer[] = [
    { program: 'lm-studio', address: 'http://127.0.0.1:1234', state: 'absent', models: [] },
    { program: 'llama-server', address: 'http://127.0.0.1:8080', state: 'absent', models: [] },
  ];
  return absent.map((one) => there.find(({ program }) => program === one.program) ?? one);
}

/** `ollama`: null: nobody answers at its address. */
export function playedEngines(view: SwarmView, ollama: PlayedOllama | null, servers: readonly FoundServer[]): LocalEngine[] {
  const { self, settings } = view;
  const embedded: LocalEngine = {
    kind: 'embedded',
    chosen: settings.engine === 'embedded',
    facts: self.engine ?? {
      kind: 'embedded',
      state: { kind: 'stopped' },
      device: { kind: 'unknown', name: '', why: '' },
      slots: { total: 4, free: 4 },
    },
    failure: null,
    models: self.models.map((model) => localModel(view, model)),
  };
  const missing = toFailure(new Failure('engine-missing', 'Ollama does not answer at http://127.0.0.1:11434.')).toShape();
  return [
    embedded,
    {
      kind: 'ollama',
      chosen: settings.engine === 'ollama',
      facts: {
        kind: 'ollama',
        address: 'http://127.0.0.1:11434',
        state: { kind: 'stopped' },
        device: { kind: 'unknown', name: '', why: '' },
        slots: { total: 1, free: 1 },
        ...ollama?.facts,
      },
      failure: ollama === null ? missing : null,
      models: ollama?.models ?? [],
    },
    playedServer(view, servers),
  ];
}

/** The engine on the server of the settings, or on the first one that is there. */
function playedServer({ settings }: SwarmView, servers: readonly FoundServer[]): LocalEngine {
  const server = servers.find(({ address }) => settings.openaiUrl === undefined || address === settings.openaiUrl);
  const address = server?.address ?? settings.openaiUrl;
  const missing = toFailure(new Failure('engine-missing', 'The server does not answer.')).toShape();
  return {
    kind: 'openai',
    chosen: settings.engine === 'openai',
    facts: {
      kind: 'openai',
      ...(server === undefined ? {} : { program: server.program }),
      ...(address === undefined ? {} : { address }),
      state: { kind: 'stopped' },
      device: { kind: 'unknown', name: '', why: '' },
      slots: { total: 1, free: 1 },
    },
    failure: server === undefined ? missing : null,
    models: (server?.models ?? []).map((name) => ({ name, loaded: false, fit: 'unknown', needMb: null, removable: false })),
  };
}

function localModel({ self }: SwarmView, model: SwarmView['self']['models'][number]): LocalModel {
  const needMb = modelNeedMb(model);
  const device = self.engine?.device ?? { kind: 'unknown' as const, name: '', why: '' };
  return { ...model, needMb, fit: fitOf(needMb, self.hardware, { device }), removable: true };
}
