import { expect, test } from 'vitest';
import { zoomSteps, type ZoomFactor } from '../../src-shared/desktop.ts';
import { keepZoom, zoomed, zoomKey } from './zoom.ts';

const press = (key: string, held: 'control' | 'meta' | 'none' = 'control', alt = false) => ({
  type: 'keyDown' as const,
  key,
  control: held === 'control',
  meta: held === 'meta',
  alt,
});

test('Ctrl with +, = or - is a step, 0 the way back; on a Mac it is Cmd, and nothing else counts', () => {
  expect(['+', '=', '-', '_', '0', 'n'].map((key) => zoomKey(press(key), false))).toEqual(['in', 'in', 'out', 'out', 'reset', null]);
  expect([press('+', 'none'), press('+', 'meta'), press('+', 'control', true)].map((one) => zoomKey(one, false))).toEqual([
    null,
    null,
    null,
  ]);
  expect([press('+', 'meta'), press('+', 'control')].map((one) => zoomKey(one, true))).toEqual(['in', null]);
  expect(zoomKey({ ...press('+'), type: 'keyUp' }, false)).toBeNull();
});

test('the steps go from 80 to 200 % and stay at their ends', () => {
  let factor: ZoomFactor = 0.8;
  const way: number[] = [factor];
  for (let step = 0; step < 9; step += 1) way.push((factor = zoomed(factor, 'in')));
  expect(way).toEqual([...zoomSteps, 2, 2]);
  for (let step = 0; step < 9; step += 1) factor = zoomed(factor, 'out');
  expect(factor).toBe(0.8);
  expect(zoomed(1.75, 'reset')).toBe(1);
});

test('what is kept is set again after each load, whatever the page had', () => {
  const heard = new Map<string, (...words: never[]) => void>();
  const set: number[] = [];
  const contents = {
    on: (name: string, listener: (...words: never[]) => void) => void heard.set(name, listener),
    setZoomFactor: (factor: number) => void set.push(factor),
  };
  let kept: ZoomFactor = 1.5;
  const zoom = keepZoom(contents as never, { get: () => kept, set: (factor) => void (kept = factor) }, false);
  heard.get('did-finish-load')?.();
  expect(set).toEqual([1.5]);
  heard.get('zoom-changed')?.({} as never, 'in' as never);
  expect([kept, zoom.now(), set.at(-1)]).toEqual([1.75, 1.75, 1.75]);
});
