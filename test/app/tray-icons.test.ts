// The tray icons as files: what their sources give, and told apart at every size, on light and on dark bars, without colour. The sheet with
// all of them (s1-tray) is for looking at.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trayBitmaps } from '../../scripts/tray-bitmaps.mjs';
import { launchChromium, picture } from './browser.ts';
import { root } from './electron.ts';

const folder = path.join(root, 'assets', 'tray');
const states = ['idle', 'leader', 'answering', 'offline', 'trouble'] as const;
const sizes = [16, 20, 22, 24, 32] as const;
const bars = { light: '#f3f3f3', dark: '#202020' } as const;
/** A pixel differs when its grey does by a quarter of the way from black to white, and two icons when so many of their pixels do. */
const greyStep = 64;
const share = 0.06;
/** Two Chromiums may round an edge another way. */
const rounding = 2;

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
});
afterAll(async () => {
  await browser.close();
});

/** The pictures in an .ico, by their size in pixels. */
function inIco(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 6; at < 6 + 16 * bytes.readUInt16LE(4); at += 16) {
    const start = bytes.readUInt32LE(at + 12);
    found.set(bytes.readUInt8(at), bytes.subarray(start, start + bytes.readUInt32LE(at + 8)));
  }
  return found;
}

/** What a tray shows of an icon at that size: Windows takes an .ico's picture, Linux the PNG of 22 pixels. */
function bitmap(name: string, bar: keyof typeof bars, size: number): Buffer {
  const file = path.join(folder, `${name}${bar === 'dark' ? 'Light' : ''}`);
  const found = size === 22 ? readFileSync(`${file}.png`) : inIco(readFileSync(`${file}.ico`)).get(size);
  if (found === undefined) throw new Error(`${name} has no picture of ${size} pixels`);
  return found;
}

/** The greys of a picture on a bar, 0..255, row by row. */
async function greys(png: Buffer, ground: string): Promise<number[]> {
  return await page.evaluate(
    async ([data, colour]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.fillStyle = colour;
      context.fillRect(0, 0, image.width, image.height);
      context.drawImage(image, 0, 0);
      const { data: pixels } = context.getImageData(0, 0, image.width, image.height);
      const found: number[] = [];
      for (let at = 0; at < pixels.length; at += 4)
        found.push(0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0));
      return found;
    },
    [png.toString('base64'), ground] as const,
  );
}

const differing = (one: number[], other: number[], step: number): number =>
  one.filter((grey, at) => Math.abs(grey - (other[at] ?? 0)) > step).length / one.length;

test('each bitmap is what its source gives, and there is none without a source', async () => {
  const made = await trayBitmaps(page, folder);
  for (const { file, pictures } of made) {
    const bytes = readFileSync(path.join(folder, file));
    const kept = file.endsWith('.ico') ? inIco(bytes) : new Map(pictures.map(({ size }) => [size, bytes]));
    expect([...kept.keys()], file).toEqual(pictures.map(({ size }) => size));
    for (const { size, png } of pictures)
      for (const ground of Object.values(bars))
        expect(differing(await greys(png, ground), await greys(kept.get(size) ?? png, ground), rounding), `${file} at ${size}`).toBe(0);
  }
  expect(
    readdirSync(folder)
      .filter((name) => !name.endsWith('.svg'))
      .toSorted(),
  ).toEqual(made.map(({ file }) => file).toSorted());
});

test.each(sizes)('at %i pixels the five states differ in shape, on a light bar and on a dark one', async (size) => {
  const near: Record<string, number> = {};
  for (const [bar, ground] of Object.entries(bars) as [keyof typeof bars, string][]) {
    const drawn = new Map<string, number[]>();
    for (const state of states) drawn.set(state, await greys(bitmap(state, bar, size), ground));
    for (const [at, one] of states.entries())
      for (const other of states.slice(at + 1))
        near[`${one} and ${other}, ${bar}`] = differing(drawn.get(one) ?? [], drawn.get(other) ?? [], greyStep);
    // and is seen at all
    const empty = Array.from({ length: size * size }, () => Number.parseInt(ground.slice(1, 3), 16));
    for (const state of states) near[`${state} and nothing, ${bar}`] = differing(drawn.get(state) ?? [], empty, greyStep);
  }
  expect(Object.entries(near).filter(([, value]) => value < share)).toEqual([]);
});

test('the sheet of all of them', async () => {
  const cell = (png: Buffer, size: number, scale: number): string =>
    `<td><img width=${size * scale} height=${size * scale} style="image-rendering:pixelated" src="data:image/png;base64,${png.toString('base64')}">`;
  const sheet = (Object.entries(bars) as [keyof typeof bars, string][]).map(([bar, ground]) => {
    const rows = [...states, 'answeringPulse'].map(
      (state) => `<tr><th>${state}${[1, 4].flatMap((scale) => sizes.map((size) => cell(bitmap(state, bar, size), size, scale))).join('')}`,
    );
    return `<table style="background:${ground};color:${bar === 'dark' ? '#eee' : '#111'}">${rows.join('')}</table>`;
  });
  await page.setViewportSize({ width: 900, height: 1660 });
  await page.setContent(`<style>body{margin:0;font:13px sans-serif}td,th{padding:5px;text-align:left}</style>${sheet.join('')}`);
  await picture(page, 's1-tray');
});
