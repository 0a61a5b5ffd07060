// Models that the owner has downloaded to this machine: what is asked for, and how far it is.
import { z } from 'zod';
import { failureShape } from './failure.ts';
import { modelFit } from './local-engine.ts';
import { offeredDownload, peerId, type Downloading } from './peer.ts';

/** One model file for the built-in engine. */
export const fileSource = z.object({
  engine: z.literal('embedded'),
  /** https, and its path ends in the name of one .gguf file */
  url: z.url().max(2000),
  /** hex; left out: nobody knows what it should be */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type FileSource = z.infer<typeof fileSource>;

/** Where a model comes from: for Ollama a name of its library, for the built-in engine one file. */
export const downloadSource = z.discriminatedUnion('engine', [
  z.object({ engine: z.literal('ollama'), name: offeredDownload.shape.name }),
  fileSource,
]);
export type DownloadSource = z.infer<typeof downloadSource>;

/** Whether both are the same model from the same place. */
export function sameSource(one: DownloadSource, other: DownloadSource): boolean {
  if (one.engine === 'ollama') return other.engine === 'ollama' && one.name === other.name;
  return other.engine === 'embedded' && one.url === other.url;
}

/** At once in the list, finished ones included. */
export const maxDownloads = 16;

const bytes = z.number().int().nonnegative();

export const modelDownload = z.object({
  id: z.uuid(),
  source: downloadSource,
  /** As people know it: Ollama's name, or that of the file without its ending. */
  name: z.string().min(1).max(200),
  /** checking: all bytes are here, and are looked at. paused and failed ones go on where they are. */
  state: z.enum(['running', 'checking', 'paused', 'failed', 'done']),
  receivedBytes: bytes,
  /** null: not said yet */
  totalBytes: bytes.nullable(),
  /** Over the last seconds; null: too early to tell, or nothing comes */
  bytesPerSecond: z.number().nonnegative().nullable(),
  /** The server could not go on where it was, so all of it was asked for again. */
  again: z.boolean(),
  /** Why it failed. */
  failure: failureShape.nullable(),
  /** The member that had it begun from another machine; absent: this machine's owner did. */
  askedBy: z.object({ peerId, name: z.string().max(63) }).optional(),
});
export type ModelDownload = z.infer<typeof modelDownload>;

/** Steps in which it is told: 5 %. */
const toldSteps = 20;

/** What others are told of the first one that runs. */
export function onItsWay(downloads: readonly ModelDownload[]): Downloading | undefined {
  const now = downloads.find(({ state }) => state === 'running' || state === 'checking');
  if (now === undefined) return undefined;
  const { name, receivedBytes, totalBytes } = now;
  return { name, progress: totalBytes === null ? null : Math.floor(Math.min(1, receivedBytes / totalBytes) * toldSteps) / toldSteps };
}

/** A model that Axon proposes for this machine. */
export const suggestedModel = z.object({
  /** "Qwen3 8B" */
  title: z.string().max(100),
  source: downloadSource,
  sizeBytes: bytes,
  fit: modelFit,
  /** The one for machines such as this. */
  best: z.boolean(),
  /** The engine has it. */
  here: z.boolean(),
});
export type SuggestedModel = z.infer<typeof suggestedModel>;

/** What a member that may manage models asks of another machine: what it could have, after `get` was begun there. */
export const modelsWish = z.object({ get: downloadSource.optional() });
export type ModelsWish = z.infer<typeof modelsWish>;

/** What that machine says: what it could have, smallest first, and how far it is with what this very member asked for. */
export const machineModels = z.object({
  suggested: z.array(suggestedModel).max(32),
  downloads: z.array(modelDownload).max(maxDownloads),
});
export type MachineModels = z.infer<typeof machineModels>;

/** Milliseconds until all of it is here at this speed; null: nobody can tell. */
export function msLeft({ receivedBytes, totalBytes, bytesPerSecond }: ModelDownload): number | null {
  if (totalBytes === null || bytesPerSecond === null || bytesPerSecond === 0) return null;
  return (Math.max(0, totalBytes - receivedBytes) / bytesPerSecond) * 1000;
}
