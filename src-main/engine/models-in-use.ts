// Which models an engine works with now, so that none is deleted under an answer.
import { Failure } from '../../src-shared/failure.ts';

export type ModelsInUse = {
  /** Until the returned function is called, the model cannot leave. */
  use(model: string): () => void;
  /** Runs `work` while nobody may begin to use the model. Fails with model-in-use while somebody does. */
  leave<T>(model: string, work: () => Promise<T>): Promise<T>;
  isLeaving(model: string): boolean;
};

export function modelsInUse(): ModelsInUse {
  const users = new Map<string, number>();
  const leaving = new Set<string>();
  return {
    use(model) {
      users.set(model, (users.get(model) ?? 0) + 1);
      let over = false;
      return () => {
        if (over) return;
        over = true;
        const left = (users.get(model) ?? 1) - 1;
        if (left === 0) users.delete(model);
        else users.set(model, left);
      };
    },
    async leave(model, work) {
      if (users.has(model) || leaving.has(model)) throw new Failure('model-in-use', `${model} is being used or loaded now.`);
      leaving.add(model);
      try {
        return await work();
      } finally {
        leaving.delete(model);
      }
    },
    isLeaving: (model) => leaving.has(model),
  };
}
