// `node scripts/icons.mjs`: draws the bitmaps in assets/ from their SVG sources with Chromium, and packs .ico and .icns.
// The results are committed, so that neither a build nor an installer needs a browser.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright';
import { root } from './tasks.mjs';
import { drawSvg, trayBitmaps } from './tray-bitmaps.mjs';

const assets = path.join(root, 'assets');
const browser = await chromium.launch({ executablePath: process.env.AXON_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage();

/** ICO with PNG entries (Vista and later): a 6-byte head, 16 bytes an entry, then the pictures. */
function ico(pictures) {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  pictures.forEach(({ size, png }, n) => {
    const at = 6 + 16 * n;
    head.writeUInt8(size === 256 ? 0 : size, at);
    head.writeUInt8(size === 256 ? 0 : size, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([head, ...pictures.map(({ png }) => png)]);
}

/** ICNS: "icns", the whole length, then type, length and PNG of each picture. */
function icns(pictures) {
  const parts = pictures.map(({ type, png }) => {
    const head = Buffer.alloc(8);
    head.write(type, 'ascii');
    head.writeUInt32BE(png.length + 8, 4);
    return Buffer.concat([head, png]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write('icns', 'ascii');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

const icon = readFileSync(path.join(assets, 'icon.svg'), 'utf8');
const drawn = new Map();
for (const size of [16, 32, 48, 64, 128, 256, 512, 1024]) drawn.set(size, await drawSvg(page, icon, size));
writeFileSync(path.join(assets, 'icon.png'), drawn.get(512));
writeFileSync(path.join(assets, 'icon.ico'), ico([16, 32, 48, 256].map((size) => ({ size, png: drawn.get(size) }))));
const types = { icp4: 16, icp5: 32, icp6: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024 };
writeFileSync(path.join(assets, 'icon.icns'), icns(Object.entries(types).map(([type, size]) => ({ type, png: drawn.get(size) }))));

// What Finder shows behind the icons of an opened disk image; electron-builder takes the one of twice the size for Retina by its name.
const behind = readFileSync(path.join(assets, 'mac', 'dmg-background.svg'), 'utf8');
for (const [times, file] of [
  [1, 'dmg-background.png'],
  [2, 'dmg-background@2x.png'],
])
  writeFileSync(path.join(assets, 'mac', file), await drawSvg(page, behind, 540 * times, 380 * times));

const tray = path.join(assets, 'tray');
for (const { file, pictures } of await trayBitmaps(page, tray))
  writeFileSync(path.join(tray, file), file.endsWith('.ico') ? ico(pictures) : pictures[0].png);
await browser.close();
