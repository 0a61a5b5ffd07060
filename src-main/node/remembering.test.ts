import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { remembering, rememberingSightings } from './remembering.ts';

function kept() {
  const clock = handClock();
  const written: string[] = [];
  return { clock, written, names: remembering(clock, (peerId, name) => void written.push(`${peerId} ${name}`)) };
}

test('a peer that calls itself something else all the time costs one write in five seconds', async () => {
  const { clock, written, names } = kept();
  for (let at = 0; at < 1000; at += 1) names.named('a', `name ${at}`);
  names.named('b', 'desk');
  expect(written).toEqual([]);
  await clock.run(5_000);
  expect(written).toEqual(['a name 999', 'b desk']);
  for (let second = 0; second < 60; second += 1) {
    names.named('a', `other ${second}`);
    await clock.run(1000);
  }
  expect(written.length).toBeLessThanOrEqual(2 + 12);
});

test('what waits is written at the end', () => {
  const { written, names } = kept();
  names.named('a', 'desk');
  names.stop();
  names.stop();
  expect(written).toEqual(['a desk']);
});

test('what was seen is written soon after somebody came or went, else once a minute, and at the end', async () => {
  const clock = handClock();
  let written = 0;
  const sightings = rememberingSightings(clock, () => (written += 1));
  for (let second = 0; second < 59; second += 1) {
    sightings.hear({ kind: 'offer' });
    await clock.run(1000);
  }
  expect(written).toBe(0);
  sightings.hear({ kind: 'connected' });
  await clock.run(1000);
  expect(written).toBe(1);
  sightings.hear({ kind: 'connected' });
  sightings.hear({ kind: 'offer' });
  await clock.run(5000);
  expect(written).toBe(2);
  sightings.stop();
  expect(written).toBe(2);
  sightings.hear({ kind: 'offer' });
  sightings.stop();
  await clock.run(60_000);
  expect(written).toBe(3);
});
