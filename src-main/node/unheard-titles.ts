// Titles for conversations whose first answer ended while no window heard it; of one that it hears, a window asks for the title itself.
import type { Conversations } from '../store/conversations/conversations.ts';
import type { Titling } from './titling.ts';

export type UnheardTitles = {
  /** An answer of that conversation ended, and nobody heard it. */
  want(id: string): void;
  /** To be called when an answer ended: asks for what is wanted, one at a time. @param busy an answer is under way: none beside a question */
  look(busy: () => boolean): void;
  /** This machine leaves its swarm: what its machines answered is told to no others. */
  forget(): void;
  /** The node stops. */
  stop(): void;
};

export function unheardTitles(conversations: Pick<Conversations, 'get'>, titles: Titling): UnheardTitles {
  const wanted = new Set<string>();
  const stop = new AbortController();
  let asking = false;
  const entitle = async (id: string, busy: () => boolean): Promise<void> => {
    // a window may be having one made
    await titles.made();
    try {
      const { title, messages } = conversations.get(id);
      // a question that came meanwhile ended it: once more after that
      if (messages.length === 2 && (await titles.title(id, stop.signal)) === title && busy()) return;
    } catch {
      // it was removed, and needs none
    }
    wanted.delete(id);
  };
  const look = async (busy: () => boolean): Promise<void> => {
    if (asking) return;
    asking = true;
    for (const id of wanted) {
      if (busy() || stop.signal.aborted) break;
      await entitle(id, busy);
    }
    asking = false;
  };
  return {
    want: (id) => void wanted.add(id),
    look: (busy) => void look(busy),
    forget() {
      wanted.clear();
      titles.giveWay();
    },
    stop: () => stop.abort(),
  };
}
