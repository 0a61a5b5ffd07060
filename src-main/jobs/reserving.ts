// A Chat that holds the memory of a model that is not loaded yet, from before the engine starts on it until the answer ends.
import { isWritten, type Chat } from '../../src-shared/chat.ts';
import type { ModelInfo } from '../../src-shared/model.ts';
import { modelNeedMb, type Reservation, type Reservations } from './reservations.ts';

export type ReservingOptions = {
  held: Reservations;
  models: () => readonly ModelInfo[];
};

/** Memory of what is loaded is in the machine's own figures already: only what is still to come is held. undefined: nothing is. */
function reserveModel({ held, models }: ReservingOptions, name: string | undefined): Reservation | undefined {
  const model = models().find((one) => one.name === name);
  const needMb = model === undefined || model.loaded ? null : modelNeedMb(model);
  return model === undefined || needMb === null ? undefined : held.reserve(model.name, needMb);
}

/**
 * Renewed with each chunk until the model writes, which is loaded then, and released on every way out. Fails with out-of-memory before `chat` is called.
 */
export function reserving(options: ReservingOptions, chat: Chat): Chat {
  return async function* reserved(request, signal) {
    const reservation = reserveModel(options, request.model);
    try {
      for await (const chunk of chat(request, signal)) {
        if (isWritten(chunk)) reservation?.settle();
        else reservation?.renew();
        yield chunk;
      }
    } finally {
      reservation?.release();
    }
  };
}

/** Loads with its memory held. Fails with out-of-memory before `load` is called. */
export async function loadReserved(options: ReservingOptions, name: string, load: () => Promise<void>): Promise<void> {
  const reservation = reserveModel(options, name);
  try {
    await load();
  } finally {
    reservation?.release();
  }
}
