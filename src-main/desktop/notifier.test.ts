import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { applicant, laptopView } from '../../test/app/played-household.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { WindowPlace } from './notices.ts';
import { notifier, type Notifier } from './notifier.ts';

let place: WindowPlace = 'hidden';
const raised: string[] = [];
let notices: Notifier;

beforeEach(() => {
  vi.useFakeTimers();
  place = 'hidden';
  raised.length = 0;
  notices = notifier(
    () => place,
    (what, values) => raised.push([what, ...Object.values(values)].join(' ')),
  );
});
afterEach(() => vi.useRealTimers());

/** Of a laptop that somebody answers, or nobody. */
function view(changes: { leader?: boolean; knocks?: string[] } = {}): SwarmView {
  const base = laptopView();
  const leader = changes.leader === false ? null : { peerId: 'id-desk', name: 'DESK' };
  return {
    ...base,
    self: { ...base.self, role: { ...base.self.role, actual: { kind: 'subordinate', leader } } },
    membership: { ...base.membership, applicants: (changes.knocks ?? []).map((name) => applicant({ peerId: `id-${name}`, name })) },
  };
}

test('who knocks is told with the view that brings it, and not again with the next one', () => {
  notices.see(view());
  notices.see(view({ knocks: ['TABLET'] }));
  notices.see(view({ knocks: ['TABLET'] }));
  expect(raised).toEqual(['knocks TABLET']);
});

test('after a node that went away nothing is news that was there before', () => {
  notices.see(view({ knocks: ['TABLET'] }));
  notices.see(null);
  notices.see(view({ knocks: ['TABLET'] }));
  expect(raised).toEqual([]);
});

test('whoever heard that a question waits is not told besides that its machine is away', () => {
  notices.see(view());
  notices.answer('leader-lost');
  notices.see(view({ leader: false }));
  vi.advanceTimersByTime(60_000);
  expect(raised).toEqual(['leader-lost']);
});

test('where no question waits, it is told that the machine is away and that it is back', () => {
  notices.see(view());
  notices.see(view({ leader: false }));
  vi.advanceTimersByTime(60_000);
  notices.see(view());
  vi.advanceTimersByTime(60_000);
  expect(raised).toEqual(['nobody DESK', 'somebody DESK']);
});

test('an end and a new version are told by where the window is; before the first view nobody knows what is wanted', () => {
  notices.answer('answer-ended');
  notices.updateReady('1.2.3');
  expect(raised).toEqual([]);
  notices.see(view());
  place = 'behind';
  notices.answer('answer-ended');
  notices.updateReady('1.2.3');
  expect(raised).toEqual(['update-ready 1.2.3']);
});
