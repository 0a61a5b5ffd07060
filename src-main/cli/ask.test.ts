import { expect, test } from 'vitest';
import type { ChatChunk } from '../../src-shared/chat.ts';
import { answerTeller } from './ask.ts';

const machine = (name: string) => ({ peerId: `id-${name}`, name });
const placed = (name: string): ChatChunk => ({
  kind: 'placed',
  placement: { leader: machine(name), model: 'm', local: false, reason: 'speed', candidates: [] },
});
const seam = (name: string, at: number): ChatChunk => ({ kind: 'seam', lost: machine(name), code: 'leader-lost', at });

function told(chunks: ChatChunk[], io: { onTerminal?: boolean; watched?: boolean } = {}): string {
  let err = '';
  const tell = answerTeller({ onTerminal: false, watched: false, ...io, err: (text) => void (err += text) });
  for (const chunk of chunks) tell(chunk);
  return err;
}

test('who went away in the middle, and who goes on, is said also to a script', () => {
  const half: ChatChunk = { kind: 'text', text: 'half' };
  expect(told([placed('GPU-DESKTOP'), half, seam('GPU-DESKTOP', 4), placed('STUDIO')])).toBe(
    'axon: GPU-DESKTOP went away, continuing on STUDIO\n',
  );
  expect(told([placed('A'), half, seam('A', 4), placed('A')], { onTerminal: true })).toBe('\naxon: A was restarted and goes on\n');
});

test('before the first word, and over a link that comes back, nothing is', () => {
  expect(told([placed('A'), seam('A', 0), placed('B'), { kind: 'text', text: 'x' }, { kind: 'reconnecting', leader: machine('B') }])).toBe(
    '',
  );
});

test('line and load only to who watches', () => {
  const chunks: ChatChunk[] = [
    { kind: 'queued', position: 2 },
    { kind: 'loading', model: 'tiny' },
    { kind: 'loading', model: 'tiny', progress: 0.5 },
  ];
  expect(told(chunks)).toBe('');
  expect(told(chunks, { watched: true })).toBe('axon: number 2 in line\naxon: tiny is being loaded\n');
});
