import { expect, test } from 'vitest';
import { laptopView, applicant } from '../../test/app/played-household.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { ModelDownload } from '../../src-shared/download.ts';
import { playedDownload } from '../../test/app/played-downloads.ts';
import { isTold, newApplicants, newModels, type WindowPlace } from './notices.ts';

const knocking = (...names: string[]): SwarmView => {
  const view = laptopView();
  return { ...view, membership: { ...view.membership, applicants: names.map((name) => applicant({ peerId: `id-${name}`, name })) } };
};
const places: WindowPlace[] = ['front', 'behind', 'hidden'];

test('a device that knocks is told once, unless the window shows it or the person does not want it', () => {
  const names = (before: SwarmView | null, after: SwarmView, place: WindowPlace = 'hidden') =>
    newApplicants(before, after, place).map(({ name }) => name);
  expect(names(knocking(), knocking('a', 'b'))).toEqual(['a', 'b']);
  expect(names(knocking('a'), knocking('a', 'b'), 'behind')).toEqual(['b']);
  expect(names(knocking('a', 'b'), knocking('a', 'b'))).toEqual([]);
  expect(names(knocking(), knocking('a'), 'front')).toEqual([]);
  expect(names(null, knocking('a'))).toEqual([]);
  const silent = knocking('a');
  const settings = { ...silent.settings, notifications: { joins: false, leaders: true, answers: true } };
  expect(names(knocking(), { ...silent, settings })).toEqual([]);
});

test('a lost leader is told unless the window is in front; a finished answer only while it is hidden', () => {
  const on = { joins: true, leaders: true, answers: true };
  expect(places.filter((place) => isTold('leader-lost', on, place))).toEqual(['behind', 'hidden']);
  expect(places.filter((place) => isTold('leader-back', on, place))).toEqual(['behind', 'hidden']);
  expect(places.filter((place) => isTold('answer-ended', on, place))).toEqual(['hidden']);
  expect(places.filter((place) => isTold('update-ready', on, place))).toEqual(['behind', 'hidden']);
  const off = { updates: false, joins: false, leaders: false, answers: false };
  for (const place of places)
    for (const news of ['leader-lost', 'leader-back', 'answer-ended', 'update-ready'] as const)
      expect(isTold(news, off, place)).toBe(false);
});

test('a model that has come is told once, by its name; not one that was there before, and not to who sees it or wants no word', () => {
  const view = (state: ModelDownload['state'], downloads?: boolean): SwarmView => {
    const old = knocking();
    const one = { ...playedDownload({ engine: 'ollama', name: 'qwen3:8b' }), id: '00000000-0000-4000-8000-000000000000', state };
    const notifications = { ...old.settings.notifications, ...(downloads === undefined ? {} : { downloads }) };
    return { ...old, downloads: [one], settings: { ...old.settings, notifications } };
  };
  expect(newModels(view('checking'), view('done'), 'hidden')).toEqual(['qwen3:8b']);
  expect(newModels(view('running'), view('checking'), 'hidden')).toEqual([]);
  expect(newModels(view('done'), view('done'), 'hidden')).toEqual([]);
  expect(newModels(null, view('done'), 'hidden')).toEqual([]);
  expect(newModels(view('running'), view('done'), 'front')).toEqual([]);
  expect(newModels(view('running'), view('done', false), 'behind')).toEqual([]);
});
