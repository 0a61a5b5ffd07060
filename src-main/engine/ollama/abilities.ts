// What Ollama's models can, and how much they take in. Newer servers tell with the list; older ones are asked once about each model.
import { dropOldest } from '../../../src-shared/drop-oldest.ts';
import { modelCapability, type ModelCapability, type ThinkEffort } from '../../../src-shared/model.ts';
import type { Ollama } from 'ollama';
import { shown, type Tag } from './wire.ts';

/** Models that are remembered, and asked about at one look: a server with more is asked about the rest at the next ones. */
const most = { known: 1000, perLook: 16 } as const;

export type Abilities = {
  /** The tags with what is known of each. Never fails: of a model that cannot be asked about, nothing is known. */
  added(tags: readonly Tag[], client: Ollama): Promise<Tag[]>;
};

export function abilities(): Abilities {
  const known = new Map<string, { capabilities: string[] | undefined; contextLength: number | undefined }>();
  const key = ({ name, digest }: Tag): string => `${name} ${digest ?? ''}`;

  const ask = async (tag: Tag, client: Ollama): Promise<void> => {
    try {
      const { capabilities, model_info: info } = shown.parse(await client.show({ model: tag.name }));
      const length = Object.entries(info ?? {}).find(([name]) => name.endsWith('.context_length'))?.[1];
      known.set(key(tag), {
        capabilities: capabilities ?? undefined,
        contextLength: typeof length === 'number' && Number.isSafeInteger(length) && length > 0 ? length : undefined,
      });
      dropOldest(known, most.known);
    } catch {
      // at the next look
    }
  };

  return {
    async added(tags, client) {
      const lacks = ({ capabilities, details }: Tag): boolean => capabilities == null || details?.context_length === undefined;
      const unknown = tags.filter((tag) => lacks(tag) && !known.has(key(tag)));
      await Promise.all(unknown.slice(0, most.perLook).map((tag) => ask(tag, client)));
      return tags.map((tag) => {
        const { capabilities = tag.capabilities, contextLength } = known.get(key(tag)) ?? {};
        return {
          ...tag,
          capabilities,
          details: { ...(contextLength === undefined ? {} : { context_length: contextLength }), ...tag.details },
        };
      });
    },
  };
}

/** Those that Axon has a word for. */
export function capabilitiesOf({ capabilities }: Tag): ModelCapability[] | undefined {
  return capabilities == null ? undefined : modelCapability.options.filter((can) => capabilities.includes(can));
}

export const canThink = ({ capabilities }: Tag): boolean => capabilities?.includes('thinking') === true;

/** Ollama tells gpt-oss how much to think, and cannot keep it from it (its issues 11678, 11751); other models think or they do not. */
const takesLevels = ({ details }: Tag): boolean => ['gptoss', 'gpt-oss'].includes(details?.family ?? '');

/** What of efforts makes a difference to it. */
export function effortsOf(tag: Tag): ThinkEffort[] | undefined {
  if (!canThink(tag)) return undefined;
  return takesLevels(tag) ? ['low', 'medium', 'high'] : ['off'];
}

/** Ollama's `think` for that effort; of the model's own way it thinks. */
export function thinkValue(tag: Tag, effort: ThinkEffort | undefined): boolean | 'low' | 'medium' | 'high' {
  if (!takesLevels(tag) || effort === undefined) return effort !== 'off';
  return effort === 'off' ? 'low' : effort;
}

/** Tokens: no more than the model was made for. */
export const askedContext = ({ details }: Tag, asked: number): number => Math.min(asked, details?.context_length ?? asked);
