// Memory that is promised to models before it is taken: who comes to load one finds what is left, and not what the last look still showed.
// Pure; time is an argument.
import { Failure } from '../../src-shared/failure.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import type { Clock } from './ports.ts';

/** Kept for the system and for what no estimate has, MiB. */
export const memoryHeadroomMb = 256;
/** A reservation that nothing renews is given back; a loading model says how far it is more often than this, ms. */
export const reservationMs = 150_000;
/** How long the machine's own figures may take to show a model that is loaded now, ms. */
export const settleMs = 15_000;
const mib = 1024 * 1024;

/**
 * What a model takes when it is loaded, MiB; null: nobody said how large it is. Its file, a twentieth of it for buffers of computation, and
 * the cache of keys and values. That cache takes 2 (keys, values) x layers x heads for keys and values x dimension of a head x 2 bytes (f16)
 * for each token (llama.cpp, llama_kv_cache; NVIDIA, "Mastering LLM Techniques: Inference Optimization", 2023). Of that, a model list has
 * only the size of the file: 4-bit models of Llama 3, Qwen 2.5 and TinyLlama take 1.2 to 3.4 hundred-thousandths of their file a token, so
 * 4 are reckoned. Engines shrink the context where memory is short: no more than 4096 tokens are held for.
 */
export function modelNeedMb({ sizeBytes, contextLength }: Pick<ModelInfo, 'sizeBytes' | 'contextLength'>): number | null {
  if (sizeBytes === undefined) return null;
  const tokens = Math.min(contextLength ?? 4096, 4096);
  return Math.ceil((sizeBytes * (1.05 + tokens * 4e-5)) / mib);
}

export type Reservation = {
  /** It is still being worked on. */
  renew(): void;
  /** It is loaded: held only until the machine's own figures show it. */
  settle(): void;
  /** Gives it back; harmless when that was done, or its time was over. */
  release(): void;
};

export type Reservations = {
  /**
   * Holds memory for `model`; several who want the same one hold it once.
   * @throws Failure out-of-memory with need and free, before anything is loaded
   */
  reserve(model: string, needMb: number): Reservation;
  /** All that is held, MiB. */
  reservedMb(): number;
};

export type ReservationsOptions = {
  clock: Clock;
  /** What models may take now, MiB, by the last look at the machine; null: unknown, then nothing is refused */
  freeMb: () => number | null;
  changed: () => void;
};

type Held = { needMb: number; holders: Set<object> };

export function reservations({ clock, freeMb, changed }: ReservationsOptions): Reservations {
  const models = new Map<string, Held>();
  const reservedMb = (): number => {
    let sum = 0;
    for (const { needMb } of models.values()) sum += needMb;
    return sum;
  };

  return {
    reservedMb,
    reserve(model, needMb) {
      const free = freeMb();
      const held = models.get(model) ?? { needMb: 0, holders: new Set() };
      const more = Math.max(0, needMb - held.needMb);
      const left = free === null ? null : Math.max(0, free - memoryHeadroomMb - reservedMb());
      if (left !== null && more > left)
        throw new Failure('out-of-memory', `${model} needs ${needMb} MiB of memory, and ${left} MiB are free for models now.`);
      held.needMb += more;
      models.set(model, held);
      const holder = {};
      held.holders.add(holder);
      let cancel = (): void => {};
      const release = (): void => {
        cancel();
        if (!held.holders.delete(holder) || held.holders.size > 0) return;
        models.delete(model);
        changed();
      };
      let settled = false;
      const until = (ms: number): void => {
        if (settled || !held.holders.has(holder)) return;
        cancel();
        cancel = clock.after(ms, release);
      };
      until(reservationMs);
      changed();
      return {
        renew: () => until(reservationMs),
        settle() {
          until(settleMs);
          settled = true;
        },
        release,
      };
    },
  };
}
