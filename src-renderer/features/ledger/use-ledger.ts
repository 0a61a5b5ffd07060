import { useCallback, useEffect, useState } from 'react';
import type { LedgerPage } from '../../../src-shared/member.ts';
import { callFailure, useEpoch, useNode, useView } from '../../node/index.ts';
import type { FailureCode } from '../../../src-shared/failure.ts';

export const pageSize = 50;

export type LedgerState = {
  page: LedgerPage | null;
  failed: FailureCode | null;
  /** How many newer entries lie before this page. */
  skipped: number;
  newer: (() => void) | null;
  older: (() => void) | null;
};

/** One page of the ledger. The newest one is read again whenever somebody used this machine. */
export function useLedger(): LedgerState {
  const node = useNode();
  const epoch = useEpoch();
  // The numbers below which each page begins: the last one is shown.
  const [starts, setStarts] = useState<number[]>([]);
  const [page, setPage] = useState<LedgerPage | null>(null);
  const [failed, setFailed] = useState<FailureCode | null>(null);
  const before = starts.at(-1);
  const used = useView((view) => view.membership.members.reduce((sum, { usedToday }) => sum + usedToday.answers + usedToday.tokens, 0));
  const news = before === undefined ? used : 0;

  useEffect(() => {
    let current = true;
    node()
      .ledger({ limit: pageSize, ...(before === undefined ? {} : { before }) })
      .then(
        (read) => {
          if (!current) return;
          setPage(read);
          setFailed(null);
        },
        (error: unknown) => {
          if (current) setFailed(callFailure(error).code);
        },
      );
    return () => {
      current = false;
    };
  }, [node, before, news, epoch]);

  const newer = useCallback(() => setStarts((old) => old.slice(0, -1)), []);
  const last = page?.entries.at(-1)?.number;
  const skipped = starts.length * pageSize;
  const more = page !== null && last !== undefined && skipped + page.entries.length < page.total;
  return {
    page,
    failed,
    skipped,
    newer: starts.length === 0 ? null : newer,
    older: more ? () => setStarts((old) => [...old, last]) : null,
  };
}
