// Titles that a model gives, asked for while nothing else is: the node makes none beside a question (node/titling.ts).
import type { Chatting } from './chatting.ts';

export type Entitling = {
  /** That conversation has its first answer, whether it is open or not. */
  want: (id: string) => void;
  /** To be called when an answer ended: asks for what is wanted, one at a time, while no answer is under way. */
  look: () => void;
};

/** Without a title of the model's a conversation is called by its first words. Nothing is said when it cannot be had: nobody asked for it. */
export function createEntitling({
  edges,
  getState,
  patch,
  readList,
}: Pick<Chatting, 'edges' | 'getState' | 'patch' | 'readList'>): Entitling {
  const wanted = new Set<string>();
  let asking = false;
  const busy = (): boolean => Object.keys(getState().runs).length > 0;
  const titleOf = (id: string): string | undefined => getState().summaries?.find((summary) => summary.id === id)?.title;

  const entitle = async (id: string): Promise<void> => {
    const before = titleOf(id);
    try {
      const { title } = await edges.node().conversations.title({ id });
      const same = title === before;
      // a question that came meanwhile ended it: once more after that
      if (same && busy()) return;
      wanted.delete(id);
      if (same) return;
      patch(id, (known) => ({ ...known, title }));
      await readList();
    } catch {
      wanted.delete(id);
    }
  };
  const look = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    for (const id of wanted) {
      if (busy()) break;
      await entitle(id);
    }
    asking = false;
  };
  return { want: (id) => void wanted.add(id), look: () => void look() };
}
