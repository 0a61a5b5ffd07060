// `node scripts/icons.mjs`: draws the bitmaps in assets/ from their SVG sources with Chromium, and packs .ico and .icns.
// The results are committed, so that neither a build nor an installer needs a browser.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright';
import { root } from './tasks.mjs';

const assets = path.join(root, 'assets');
const browser = await chromium.launch({ executablePath: process.env.AXON_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage();

/** PNG bytes of an SVG at `size` pixels, transparent around it. */
async function draw(svg, size) {
  await page.setViewportSize({ width: size, height: size });
  const sized = svg.replace('<svg ', `<svg width="${size}" height="${size}" `);
  await page.setContent(`<style>*{margin:0}svg{display:block}</style>${sized}`);
  return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } });
}

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
for (const size of [16, 32, 48, 64, 128, 256, 512, 1024]) drawn.set(size, await draw(icon, size));
writeFileSync(path.join(assets, 'icon.png'), drawn.get(512));
writeFileSync(path.join(assets, 'icon.ico'), ico([16, 32, 48, 256].map((size) => ({ size, png: drawn.get(size) }))));
const types = { icp4: 16, icp5: 32, icp6: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024 };
writeFileSync(path.join(assets, 'icon.icns'), icns(Object.entries(types).map(([type, size]) => ({ type, png: drawn.get(size) }))));

// Linux and Windows trays can be dark or light, and a program cannot always tell: a glyph for each, with an outline of the other
// colour, so that the wrong guess is still read. macOS tints a template itself.
const outlined = (svg, colour) =>
  svg.replace('>', `><style>svg>*{filter:drop-shadow(0 0 .5px ${colour}) drop-shadow(0 0 .5px ${colour})}</style>`);
const pale = (svg) => svg.replaceAll('#000', '#fff').replace('<svg ', '<svg fill="#fff" ');
mkdirSync(path.join(assets, 'tray'), { recursive: true });
for (const file of readdirSync(path.join(assets, 'tray')).filter((name) => name.endsWith('.svg'))) {
  const svg = readFileSync(path.join(assets, 'tray', file), 'utf8');
  const name = path.basename(file, '.svg');
  for (const [suffix, size] of [
    ['', 22],
    ['@2x', 44],
  ]) {
    writeFileSync(path.join(assets, 'tray', `${name}${suffix}.png`), await draw(outlined(svg, '#fff'), size));
    writeFileSync(path.join(assets, 'tray', `${name}Light${suffix}.png`), await draw(outlined(pale(svg), '#000'), size));
  }
  for (const [suffix, size] of [
    ['Template', 16],
    ['Template@2x', 32],
  ]) {
    writeFileSync(path.join(assets, 'tray', `${name}${suffix}.png`), await draw(svg, size));
  }
}
await browser.close();
