// What Electron's own default app does for `electron APP`, for a runtime that came without one: finds the app folder or
// file among the arguments, takes over its name and version, and loads it.
import { app } from 'electron';
import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const preloads = [];
let target;
const words = process.argv.slice(1);
while (words.length > 0 && target === undefined) {
  const word = words.shift();
  if (word === '-r' || word === '--require') preloads.push(words.shift());
  else if (word === '--version' || word === '-v') {
    process.stdout.write(`v${process.versions.electron}\n`);
    process.exit(0);
  } else if (!word.startsWith('-')) target = path.resolve(word);
}
if (target === undefined) {
  process.stderr.write('usage: electron APP [arguments]\n');
  process.exit(2);
}
// Playwright hands its loader over by -r
if (preloads.length > 0) Module._preloadModules(preloads);
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });

const manifest = path.join(target, 'package.json');
let entry = target;
if (fs.existsSync(manifest)) {
  const { name, productName, version, main } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  app.setName(productName ?? name ?? 'Electron');
  app.setDesktopName(`${name}.desktop`);
  if (version) app.setVersion(version);
  app.setAppPath(target);
  entry = path.join(target, main ?? 'index.js');
} else app.setAppPath(path.dirname(target));
await import(pathToFileURL(entry).href);
