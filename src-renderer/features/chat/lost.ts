import type { FailureCode } from '../../../src-shared/failure.ts';

/** Why a machine is out of an answer, as far as it changes the sentence. */
export type LostKind = 'away' | 'engine' | 'ending' | 'owner' | 'silent';

const kinds: Partial<Record<FailureCode, LostKind>> = {
  'timed-out': 'silent',
  'engine-stalled': 'silent',
  'engine-crashed': 'engine',
  'engine-failed': 'engine',
  'engine-locked': 'engine',
  'engine-missing': 'engine',
  'engine-vulnerable': 'engine',
  'model-broken': 'engine',
  'model-missing': 'engine',
  'download-failed': 'engine',
  'no-vision': 'engine',
  'out-of-memory': 'engine',
  paused: 'owner',
  draining: 'ending',
};

/** Whatever else it was: it is not there any more. */
export function lostKind(code: FailureCode): LostKind {
  return kinds[code] ?? 'away';
}
