// What jobs/ needs from the world. Edges implement these; tests pass fakes.
import type { Chat, ChatChunk, ChatRequest } from '../../src-shared/chat.ts';
import type { FileSource, MachineModels, ModelsWish } from '../../src-shared/download.ts';
import type { EngineFacts, EngineKind } from '../../src-shared/engine.ts';
import type { ModelRemoval } from '../../src-shared/local-engine.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import type { PeerId } from '../../src-shared/peer.ts';

/** A program that runs models. One compliance suite (test/ports/engine-suite.ts) holds for every implementation. */
export type Engine = {
  readonly kind: EngineKind;
  /** The state now; cheap and synchronous. */
  facts(): EngineFacts;
  /** Calls back after each change of facts() or models(); returns the unsubscriber. */
  watch(changed: () => void): () => void;
  /** Starts what it needs (a child process, a look at Ollama). Does not throw when the engine is down: facts().state says so, and it keeps trying. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Also without start(), which it does not do: then it fails with engine-* where there is nothing to list them. Of a started engine that is down: none. */
  models(): Promise<ModelInfo[]>;
  /** Fails with model-missing, model-broken, out-of-memory, engine-*. */
  load(model: string, signal: AbortSignal): Promise<void>;
  unload(model: string): Promise<void>;
  /** undefined: its models are not Axon's to delete */
  readonly shelf?: ModelShelf;
  /**
   * Downloads a model that is not here by its name, where the engine can: yields how far it is. Ends when it is among models(). Also without
   * start(). Fails with download-failed, download-not-found, disk-full, engine-*. The name is not judged here: whoever calls has it from a list
   * of the owner's. What came before a failure or an abort stays with the engine, which goes on from there.
   */
  pull?(model: string, signal: AbortSignal): AsyncIterable<Pulled>;
  /** undefined: it runs no files that Axon could fetch */
  readonly fetcher?: ModelFetcher;
  /**
   * request.model is set. Loads the model first when it must (chunks `loading`). Aborting ends the work within 300 ms.
   * With `request.continued` it goes on from the last character of that text and yields only what comes after it: the model's own template
   * around the messages, then the text, left open. From its token ids when they are this model file's and build's, else from the text.
   * parameters.maxTokens is what may still be written; stop texts may begin in what is there; figures.tokens counts what was written here.
   * Says `began` before the first text, and the `tokens` of each text, where it can continue from tokens and the file's digest is known.
   * Fails with engine-failed, before any text, where it cannot go on from there: then somebody else does.
   */
  readonly chat: Chat;
};

/** The models of an engine as files of this machine's owner. Also without start(). Reached by the owner's door alone, never by a peer. */
export type ModelShelf = {
  /** After models(): whether this one may be deleted here. */
  removable(model: string): boolean;
  /**
   * Out of memory, then off the disk, for good. Fails with model-in-use while an answer is written with it or it is being loaded, with
   * not-allowed where it is not removable, and with model-missing.
   */
  remove(model: string): Promise<ModelRemoval>;
};

/** How far a download is. */
export type Pulled = {
  receivedBytes: number;
  /** null: not said yet */
  totalBytes: number | null;
  /** What had come before was of no use to the server: all of it is asked for once more. */
  again?: boolean;
  /** All of it is here and is looked at. */
  checking?: boolean;
};

/** Model files from the Internet into the models folder of this home. Also without start(). Reached by the owner's door, and for members by node/models-for-others.ts. */
export type ModelFetcher = {
  /** The name that the model will have here; null: that is not the address of one model file, or one that is never asked */
  nameOf(url: string): string | null;
  /**
   * Yields how far it is, first before anything is written: whoever ends it there took nothing. Ends when it is among models(). Fails with
   * bad-model-address, model-exists, disk-full, server-gone, download-not-found, checksum-wrong, model-broken, download-failed. What came
   * before a failure or an abort stays, and is gone on from.
   */
  fetch(source: FileSource, signal: AbortSignal): AsyncIterable<Pulled>;
  /** Deletes what came of it. */
  discard(source: FileSource): Promise<void>;
};

/** A Chat that knows who asks; identity comes from the connection. */
export type ServedChat = (request: ChatRequest, signal: AbortSignal, from: PeerId) => AsyncIterable<ChatChunk>;

/** What a member asks of this machine's models; identity comes from the connection. Fails with not-permitted and more. */
export type ServedModels = (wish: ModelsWish, from: PeerId) => Promise<MachineModels>;

/** Time as an argument. now: monotonic ms; date: wall clock ms. */
export type Clock = {
  now(): number;
  date(): number;
  /** Returns the canceller. */
  after(ms: number, run: () => void): () => void;
};

/** What programs other than Axon and its engine take of the machine, 0..1; null: cannot be told. */
export type OtherLoad = {
  /** Share of all cores. */
  cpu: number | null;
  /** Of the busiest graphics card. */
  gpu: number | null;
};

/** Who else works this machine. */
export type OtherPrograms = {
  /**
   * Looks now. Never throws.
   * @param load the machine's whole share, 0..1; null: unknown
   * @param writing the engine computes now or did a moment ago, so that what a graphics card does may be its work
   */
  look(load: number | null, writing: boolean): Promise<OtherLoad>;
};

/** Whether the network of this machine is paid for by what goes over it; null: nobody can tell. Looks now. Never throws. */
export type Metered = () => Promise<boolean | null>;

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;
/** Never pass keys, tokens, prompts or answers in fields. */
export type Log = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
};
