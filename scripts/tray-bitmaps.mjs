// The bitmaps of the tray from their SVG sources in assets/tray. Linux and Windows trays can be dark or light, and a program cannot
// always tell: a glyph for each, with an outline of the other colour, so that the wrong guess is still read. macOS tints a template itself.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Windows asks for 16 pixels at 100 %, and for these at 125, 150 and 200 %. */
const windowsSizes = [16, 20, 24, 32];

/** PNG bytes of an SVG of that many pixels, transparent around it, as the browser of that page draws it. */
export async function drawSvg(page, svg, width, height = width) {
  await page.setViewportSize({ width, height });
  const sized = svg.replace('<svg ', `<svg width="${width}" height="${height}" `);
  await page.setContent(`<style>*{margin:0}svg{display:block}</style>${sized}`);
  return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width, height } });
}

const outlined = (svg, colour) =>
  svg.replace('>', `><style>svg>*{filter:drop-shadow(0 0 .5px ${colour}) drop-shadow(0 0 .5px ${colour})}</style>`);
const pale = (svg) => svg.replaceAll('#000', '#fff').replace('<svg ', '<svg fill="#fff" ');

/** [{file, pictures: [{size, png}]}]: one picture in a .png, one for each size in an .ico. */
export async function trayBitmaps(page, folder) {
  const made = [];
  const draw = async (file, svg, sizes) => {
    const pictures = [];
    for (const size of sizes) pictures.push({ size, png: await drawSvg(page, svg, size) });
    made.push({ file, pictures });
  };
  for (const source of readdirSync(folder).filter((name) => name.endsWith('.svg'))) {
    const name = path.basename(source, '.svg');
    const svg = readFileSync(path.join(folder, source), 'utf8');
    const grounds = { '': outlined(svg, '#fff'), Light: outlined(pale(svg), '#000') };
    for (const [ground, drawn] of Object.entries(grounds)) {
      await draw(`${name}${ground}.png`, drawn, [22]);
      await draw(`${name}${ground}@2x.png`, drawn, [44]);
      await draw(`${name}${ground}.ico`, drawn, windowsSizes);
    }
    await draw(`${name}Template.png`, svg, [16]);
    await draw(`${name}Template@2x.png`, svg, [32]);
  }
  return made;
}
