import { useCallback } from 'react';
import type { SettingsPatch } from '../../../src-shared/settings.ts';
import { useAttempt, useNode } from '../../node/index.ts';

/** Saves at once; a refusal is said in words. Resolves to whether it was taken. */
export function useSaveSettings(): (patch: SettingsPatch) => Promise<boolean> {
  const node = useNode();
  const attempt = useAttempt();
  return useCallback((patch) => attempt(async () => await node().settings.update(patch)), [attempt, node]);
}
