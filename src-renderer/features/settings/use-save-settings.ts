import { notifications } from '@mantine/notifications';
import { useCallback } from 'react';
import type { SettingsPatch } from '../../../src-shared/settings.ts';
import { callFailure, useFailureWords, useNode } from '../../node/index.ts';

/** Saves at once; a refusal is said in words. Resolves to whether it was taken. */
export function useSaveSettings(): (patch: SettingsPatch) => Promise<boolean> {
  const node = useNode();
  const words = useFailureWords();
  return useCallback(
    async (patch) => {
      try {
        await node().settings.update(patch);
        return true;
      } catch (error) {
        const said = words(callFailure(error).code);
        notifications.show({ title: said.title, message: `${said.text} ${said.fix}`, color: 'red' });
        return false;
      }
    },
    [node, words],
  );
}
