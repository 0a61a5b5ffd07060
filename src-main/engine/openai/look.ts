// Looks at one server with the OpenAI API: which program it is, and its models.
import type { ServerProgram } from '../../../src-shared/engine.ts';
import type { ModelCapability, ThinkEffort } from '../../../src-shared/model.ts';
import { modelName } from '../model-files.ts';
import { askServer, type Said } from './ask.ts';
import { modelList, olderStudioModels, serverProps, studioModels } from './wire.ts';
import type { ModelList, OlderStudioModels, ServerProps, StudioModels } from './wire.ts';

/** A model that can chat; what is undefined, the server does not tell. */
export type ServedModel = {
  /** What the server calls it. */
  id: string;
  /** What Axon calls it: of a file's name the same as the built-in engine. */
  name: string;
  loaded: boolean;
  sizeBytes?: number | undefined;
  contextLength?: number | undefined;
  /** Of one answer, now that it is loaded. */
  servedContext?: number | undefined;
  quantization?: string | undefined;
  parameters?: string | undefined;
  capabilities?: ModelCapability[] | undefined;
  efforts?: ThinkEffort[] | undefined;
};

/** there: it answers and lists. loading: its one model is on its way into memory. locked: it wants a key, or another one. */
export type SeenServer = {
  /** null: another program with the API, or one that does not say */
  program: ServerProgram | null;
  state: 'there' | 'loading' | 'locked';
  version?: string | undefined;
  models: ServedModel[];
  /** Answers that it writes at once. */
  slots?: number | undefined;
};

export type LookedAt = {
  /** Without a slash at the end, and without /v1. */
  address: string;
  key?: string | undefined;
  signal: AbortSignal;
  /** Known from an earlier look: then it is not asked what only another program knows. */
  program?: ServerProgram | null | undefined;
};

/** null: what answers there has no such API. Fails with what fetch fails with where nobody answers, and with the signal's reason. */
export async function lookAtServer(at: LookedAt): Promise<SeenServer | null> {
  const said = await askServer(`${at.address}/v1/models`, at);
  const named = said.server === 'llama.cpp';
  if (isLoading(said)) return { program: 'llama-server', state: 'loading', models: [] };
  if (said.status === 401 || said.status === 403) return { program: named ? 'llama-server' : null, state: 'locked', models: [] };
  const list = said.status === 200 ? modelList.safeParse(said.json).data : undefined;
  if (list === undefined) return null;
  if (named || list.data.some(({ owned_by }) => owned_by === 'llamacpp')) return llamaServer(list, at);
  if (at.program === undefined || at.program === 'lm-studio') {
    const studio = await studioLook(at);
    if (studio !== undefined) return { program: 'lm-studio', state: 'there', models: studio };
  }
  return { program: null, state: 'there', models: list.data.map(({ id }) => ({ id, name: id, loaded: true })) };
}

/** llama-server answers 503 to all but a few questions until its model is loaded. */
function isLoading({ status, json }: Said): boolean {
  return status === 503 && JSON.stringify(json ?? null).includes('unavailable_error');
}

async function llamaServer({ data }: ModelList, at: LookedAt): Promise<SeenServer> {
  const props = serverProps.safeParse((await askServer(`${at.address}/props`, at)).json).data ?? {};
  const models = data.map(({ id, meta, status }): ServedModel => {
    const served = meta?.n_ctx ?? props.default_generation_settings?.n_ctx;
    return {
      id,
      name: /\.gguf$/i.test(id) ? modelName(id) : id,
      loaded: status === undefined || status.value === 'loaded',
      sizeBytes: meta?.size,
      contextLength: meta?.n_ctx_train,
      servedContext: served,
      quantization: meta?.ftype,
      parameters: meta?.n_params === undefined ? undefined : parametersText(meta.n_params),
      ...llamaAbilities(props),
    };
  });
  return { program: 'llama-server', state: 'there', version: props.build_info, models, slots: props.total_slots };
}

/** Whether it thinks is known from its template alone: one that can be told not to asks for enable_thinking, others only write the tags. */
function llamaAbilities({ modalities, chat_template: template, chat_template_caps: caps }: ServerProps): Partial<ServedModel> {
  if (template === undefined) return {};
  const levels = template.includes('reasoning_effort');
  const switched = template.includes('enable_thinking');
  const thinks = levels || switched || /<think>|reasoning_content/.test(template);
  const capabilities: ModelCapability[] = [
    ...(caps?.supports_tools === true ? ['tools' as const] : []),
    ...(modalities?.vision === true ? ['vision' as const] : []),
    ...(thinks ? ['thinking' as const] : []),
  ];
  const efforts: ThinkEffort[] = levels ? ['low', 'medium', 'high'] : switched ? ['off'] : [];
  return { capabilities, ...(thinks ? { efforts } : {}) };
}

/** undefined: it is not LM Studio. */
async function studioLook(at: LookedAt): Promise<ServedModel[] | undefined> {
  // what it does not know it answers with status 200 and an error
  const newer = studioModels.safeParse((await askServer(`${at.address}/api/v1/models`, at)).json).data;
  if (newer !== undefined) return newer.models.filter(({ type }) => type === 'llm').map(studioModel);
  const older = olderStudioModels.safeParse((await askServer(`${at.address}/api/v0/models`, at)).json).data;
  return older?.data.filter(({ type }) => type === 'llm' || type === 'vlm').map(olderStudioModel);
}

function studioModel(model: StudioModels['models'][number]): ServedModel {
  const [instance] = model.loaded_instances;
  const { vision, trained_for_tool_use: tools } = model.capabilities ?? {};
  return {
    id: instance?.id ?? model.key,
    name: model.key,
    loaded: instance !== undefined,
    sizeBytes: model.size_bytes,
    contextLength: model.max_context_length,
    servedContext: instance?.config?.context_length,
    quantization: model.quantization?.name ?? undefined,
    parameters: model.params_string ?? undefined,
    ...(model.capabilities == null
      ? {}
      : { capabilities: [...(tools === true ? ['tools' as const] : []), ...(vision === true ? ['vision' as const] : [])] }),
  };
}

function olderStudioModel({ id, type, quantization, state, max_context_length }: OlderStudioModels['data'][number]): ServedModel {
  return {
    id,
    name: id,
    loaded: state === 'loaded',
    contextLength: max_context_length,
    quantization,
    // of tools it says nothing, so that a list without them would be a guess
    capabilities: type === 'vlm' ? ['vision'] : undefined,
  };
}

/** "135M", "3.2B": as the makers of models write it. */
function parametersText(parameters: number): string {
  return parameters >= 1e9 ? `${(parameters / 1e9).toFixed(1).replace(/\.0$/, '')}B` : `${Math.round(parameters / 1e6)}M`;
}
