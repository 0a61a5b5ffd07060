import { useCallback } from 'react';
import { tell } from '../ui/index.ts';
import { useFailureWords } from './failure-words.ts';
import { callFailure } from './failures.ts';

/** Runs a command; a refusal is said in words at the edge of the window. Resolves to whether it was taken. */
export function useAttempt(): (work: () => Promise<unknown>) => Promise<boolean> {
  const words = useFailureWords();
  return useCallback(
    async (work) => {
      try {
        await work();
        return true;
      } catch (error) {
        const said = words(callFailure(error).code);
        tell({ title: said.title, text: `${said.text} ${said.fix}`, failed: true });
        return false;
      }
    },
    [words],
  );
}
