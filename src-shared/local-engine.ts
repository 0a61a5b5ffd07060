// The engines that are on this machine, and the models that lie on its disk: for its owner alone.
import { z } from 'zod';
import { engineFacts, engineKind, serverProgram } from './engine.ts';
import { failureShape } from './failure.ts';
import { modelInfo } from './model.ts';

/**
 * How a model goes with this machine. fits: with room for other programs, on the graphics card where the engine uses one. tight: it runs, but
 * slowly, or at the cost of other programs. unknown: too little is known of the model or the machine.
 */
export const modelFit = z.enum(['fits', 'tight', 'too-big', 'unknown']);
export type ModelFit = z.infer<typeof modelFit>;

export const localModel = modelInfo.extend({
  fit: modelFit,
  /** Memory that it takes when loaded, MiB; null: unknown */
  needMb: z.number().int().nonnegative().nullable(),
  /** false: it is not Axon's to delete: it came with the program, or lies on another machine */
  removable: z.boolean(),
});
export type LocalModel = z.infer<typeof localModel>;

export const localEngine = z.object({
  kind: engineKind.exclude(['fake']),
  /** The settings name this one. */
  chosen: z.boolean(),
  facts: engineFacts,
  /** Why it could not be asked for its models; null: it was. */
  failure: failureShape.nullable(),
  models: z.array(localModel),
});
export type LocalEngine = z.infer<typeof localEngine>;

/** A server with the OpenAI API at the address on this machine that its program takes by itself. */
export const foundServer = z.object({
  program: serverProgram,
  address: z.string().max(300),
  /** loading: its model is on its way into memory. locked: it wants a key. absent: nobody answers there, or another program does. */
  state: z.enum(['there', 'loading', 'locked', 'absent']),
  version: z.string().max(100).optional(),
  /** Those that can chat, by name. */
  models: z.array(z.string().max(200)).max(1000),
});
export type FoundServer = z.infer<typeof foundServer>;

/** As it goes into a header: visible ASCII, without spaces. */
export const serverKeyText = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,1000}$/);

/** What deleting a model gave back. */
export const modelRemoval = z.object({
  /** Bytes of disk; null: nobody knows */
  freedBytes: z.number().int().nonnegative().nullable(),
  /** It may be less: the engine keeps what other models share with it. */
  atMost: z.boolean(),
});
export type ModelRemoval = z.infer<typeof modelRemoval>;
