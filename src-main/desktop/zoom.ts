// How large the window shows everything: by keys, by the wheel with Ctrl, by the settings; kept over starts.
import type { Input, WebContents } from 'electron';
import { zoomSteps, type ZoomFactor } from '../../src-shared/desktop.ts';

export type ZoomChange = 'in' | 'out' | 'reset';
export type Zoom = { now(): ZoomFactor; set(factor: ZoomFactor): void };

/** What a key asks for; null: nothing of this. `=` is where + stands without Shift on many keyboards. */
export function zoomKey(
  { type, key, control, meta, alt }: Pick<Input, 'type' | 'key' | 'control' | 'meta' | 'alt'>,
  mac: boolean,
): ZoomChange | null {
  if (type !== 'keyDown' || alt || (mac ? !meta : !control)) return null;
  if (key === '+' || key === '=') return 'in';
  if (key === '-' || key === '_') return 'out';
  return key === '0' ? 'reset' : null;
}

/** The next step; the last one in each direction stays. */
export function zoomed(factor: ZoomFactor, change: ZoomChange): ZoomFactor {
  if (change === 'reset') return 1;
  const at = zoomSteps.indexOf(factor) + (change === 'in' ? 1 : -1);
  return zoomSteps[at] ?? factor;
}

/** Sees to the keys of these contents, and to their factor after each load: Chromium keeps one of its own for each page that it opens. */
export function keepZoom(contents: WebContents, kept: { get(): ZoomFactor; set(factor: ZoomFactor): void }, mac: boolean): Zoom {
  const set = (factor: ZoomFactor): void => {
    kept.set(factor);
    contents.setZoomFactor(factor);
  };
  contents.on('did-finish-load', () => contents.setZoomFactor(kept.get()));
  contents.on('before-input-event', (event, input) => {
    const change = zoomKey(input, mac);
    if (change === null) return;
    event.preventDefault();
    set(zoomed(kept.get(), change));
  });
  contents.on('zoom-changed', (_event, direction) => set(zoomed(kept.get(), direction)));
  return { now: () => kept.get(), set };
}
