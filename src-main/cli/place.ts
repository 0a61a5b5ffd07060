// `axon place`: who would be asked, and what speaks for and against each machine. Nothing is asked.
import { randomUUID } from 'node:crypto';
import { scorePart, scoreWeights, type CandidateRow, type PlacementSurvey } from '../../src-shared/chat.ts';
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { Home } from '../store/home.ts';
import { jsonLine, type Io } from './io.ts';
import { reachRunning } from './reach.ts';
import { failureWords, memoryWords, say, sizeWords, wouldSentence } from './words.ts';

export type PlaceFlags = { prompt: string; model?: string; peer?: string; format: 'text' | 'json' };

/** @throws Failure disconnected when no node runs; not-found for a machine that it does not know */
export async function placeQuestion(home: Home, flags: PlaceFlags, io: Io): Promise<void> {
  if (flags.prompt.trim() === '') throw new Failure('bad-request', say('usage.emptyPrompt'));
  const reached = await reachRunning(home);
  try {
    const request = {
      id: randomUUID(),
      messages: [{ role: 'user' as const, content: flags.prompt }],
      parameters: {},
      ...(flags.model === undefined ? {} : { model: flags.model }),
    };
    const survey = await reached.client
      .place({ request, ...(flags.peer === undefined ? {} : { peer: flags.peer }) }, { signal: io.stop })
      .catch((error: unknown) => {
        throw toFailure(reached.failure(error));
      });
    await io.out(flags.format === 'json' ? jsonLine(survey) : `${surveyLines(survey).join('\n')}\n`);
  } finally {
    await reached.close();
  }
}

/** The sentence of the choice, then one block a machine, best first. */
export function surveyLines({ placement, candidates, failure }: PlacementSurvey): string[] {
  const why = failure === null ? [] : [failureWords(failure.code)].map(({ title, text }) => `${title}. ${text}`);
  const head = placement === null ? [say('place.none'), ...why] : [wouldSentence(placement)];
  return [...head, ...candidates.flatMap((row) => rowLines(row))];
}

function placeOfModel({ loaded, download }: CandidateRow): string {
  if (download === undefined) return say(loaded ? 'place.loaded' : 'place.cold');
  const { sizeBytes } = download;
  return sizeBytes === null ? say('place.download') : say('place.downloadOf', { size: sizeWords(sizeBytes) });
}

function rowLines(row: CandidateRow): string[] {
  const name = say('place.name', { name: row.leader.name });
  if (row.excluded !== undefined) return [`${name}  ${say(`place.excluded.${row.excluded}`)}`];
  const facts = [
    placeOfModel(row),
    row.tokensPerSecond === null ? null : say(row.measured ? 'place.seen' : 'place.claimed', { rate: row.tokensPerSecond }),
    row.freeSlots === 1 ? say('place.slot') : say('place.slots', { slots: row.freeSlots }),
    row.waiting > 0 ? say('place.line', { waiting: row.waiting }) : null,
    row.waitMs === null || row.waitMs === 0 ? null : say('place.wait', { seconds: Math.ceil(row.waitMs / 1000) }),
    row.freeMb === null ? null : say('place.free', { free: memoryWords(row.freeMb) }),
    row.reservedMb === 0 ? null : say('place.reserved', { reserved: memoryWords(row.reservedMb) }),
    row.latencyMs === null || row.latencyMs === 0 ? null : say('place.latency', { ms: row.latencyMs.toFixed(row.latencyMs < 10 ? 1 : 0) }),
  ].filter((fact) => fact !== null);
  const parts = scorePart.options.map((part) =>
    say('place.points', { part: say(`place.part.${part}`), points: row.parts[part] ?? 0, most: scoreWeights[part] }),
  );
  return [`${name}  ${say('place.score', { score: row.score })}: ${facts.join(', ')}`, say('place.parts', { parts: parts.join(' · ') })];
}
