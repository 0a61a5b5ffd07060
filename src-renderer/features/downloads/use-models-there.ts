import { useCallback, useEffect, useState } from 'react';
import type { DownloadSource, MachineModels } from '../../../src-shared/download.ts';
import type { FailureCode } from '../../../src-shared/failure.ts';
import { callFailure, useAttempt, useEpoch, useNode } from '../../node/index.ts';

/** While something comes there it is asked so often how far it is, ms; the other machine takes one a second for good. */
const lookEveryMs = 2_000;

export type ModelsThereNow = {
  /** null: not said yet */
  now: MachineModels | null;
  /** Why it says nothing. */
  failure: FailureCode | null;
  /** Resolves to whether it was begun; a refusal is said at the edge of the window. */
  get(source: DownloadSource): Promise<boolean>;
};

/** What another machine could have, and how far it is with what this one asked for. Asked for as long as it is shown. */
export function useModelsThere(peerId: string): ModelsThereNow {
  const node = useNode();
  const epoch = useEpoch();
  const attempt = useAttempt();
  const [now, setNow] = useState<MachineModels | null>(null);
  const [failure, setFailure] = useState<FailureCode | null>(null);
  const coming = now === null || now.downloads.some(({ state }) => state === 'running' || state === 'checking');
  useEffect(() => {
    let over = false;
    const look = (): void => {
      node()
        .downloads.elsewhere({ peerId })
        .then(
          (said) => {
            if (over) return;
            setNow(said);
            setFailure(null);
          },
          (error: unknown) => {
            if (!over) setFailure(callFailure(error).code);
          },
        );
    };
    look();
    const timer = coming ? setInterval(look, lookEveryMs) : undefined;
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [node, epoch, peerId, coming]);
  const get = useCallback(
    (source: DownloadSource) => attempt(async () => setNow(await node().downloads.elsewhere({ peerId, get: source }))),
    [attempt, node, peerId],
  );
  return { now, failure, get };
}
