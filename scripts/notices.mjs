// Writes THIRD-PARTY-NOTICES.md: every package that ships (dependencies, and what the renderer's bundle is made of), its licence and copyright.
// --check: exits 1 when the file does not name what the lockfile names. --sbom: of npm's list of packages on standard input, those that ship.
// Texts come from node_modules, so write it after `npm ci`.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { locate } from './lockfile.mjs';
import { root, say } from './tasks.mjs';

const output = path.join(root, 'THIRD-PARTY-NOTICES.md');

/** devDependencies that end up in out/renderer. What they depend on is found by itself. */
const bundled = [
  '@mantine/core',
  '@mantine/hooks',
  '@mantine/notifications',
  '@xyflow/react',
  'd3-force',
  'highlight.js',
  'katex',
  'lowlight',
  'lucide-react',
  'pdfjs-dist',
  'react',
  'react-dom',
  'react-i18next',
  'react-markdown',
  'remark-gfm',
  'remark-math',
  'remend',
  'virtua',
  'zustand',
];

/** What a package above draws with in Node, and the window never loads. */
const left = new Set(['@napi-rs/canvas']);

/** What is no npm package of the lockfile but is in the installers. */
const others = [
  [
    'Electron',
    'MIT',
    'Copyright (c) Electron contributors; Copyright (c) 2013-2020 GitHub Inc. Its own notices (Chromium, Node.js, FFmpeg) lie beside the program.',
  ],
  ['llama.cpp (inside @node-llama-cpp)', 'MIT', 'Copyright (c) 2023-2026 The ggml authors'],
  ['SmolLM2-135M-Instruct (the default model)', 'Apache-2.0', 'Hugging Face TB; the licence lies beside the model'],
  ['Adobe CMap resources (inside pdfjs-dist)', 'BSD-3-Clause', 'Copyright 1990-2009 Adobe Systems Incorporated'],
  ['libsodium (inside sodium-native)', 'ISC', 'Copyright (c) 2013-2026 Frank Denis'],
];

const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;

/** Lockfile places of everything that ships. */
function shippedPlaces() {
  const seen = new Set();
  const waiting = [...Object.keys(lock['']?.dependencies ?? {}), ...bundled].map((name) => locate(lock, name, ''));
  while (waiting.length > 0) {
    const place = waiting.pop();
    if (place === undefined || seen.has(place)) continue;
    seen.add(place);
    const { dependencies = {}, optionalDependencies = {} } = lock[place];
    const names = Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !left.has(name));
    for (const name of names) waiting.push(locate(lock, name, place));
  }
  return [...seen].sort();
}

const nameOf = (place) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

function licenceText(place) {
  const folder = path.join(root, place);
  if (!existsSync(folder)) return '';
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)([-.].*)?$/i.test(name) && !/\.(js|json)$/i.test(name));
  return file ? readFileSync(path.join(folder, file), 'utf8') : '';
}

const copyrightOf = (text) =>
  [
    ...new Set(
      text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => /^copyright\b.*(\(c\)|©|\d{4})/i.test(line)),
    ),
  ]
    .slice(0, 3)
    .join('; ');

/** One text per licence, from the first package that brings a plain one; many bring Apache's short form, so that one is ours. */
function fullTexts(packages) {
  const texts = new Map([['Apache-2.0', readFileSync(path.join(root, 'LICENSE'), 'utf8').trim()]]);
  for (const { licence, text } of packages) {
    if (!/^[A-Za-z0-9.-]+$/.test(licence) || text.length < 400 || texts.has(licence)) continue;
    texts.set(licence, text.trim());
  }
  return texts;
}

/** The lines that say what ships: the part that --check compares. */
function listLines() {
  const lines = new Set(shippedPlaces().map((place) => `${nameOf(place)} ${lock[place].version}`));
  return [...lines].sort();
}

function write() {
  const packages = shippedPlaces().map((place) => ({
    name: nameOf(place),
    version: lock[place].version,
    licence: lock[place].license ?? 'see its text',
    text: licenceText(place),
  }));
  const rows = new Map();
  for (const { name, version, licence, text } of packages)
    rows.set(`${name} ${version}`, `| ${name} ${version} | ${licence} | ${copyrightOf(text).replaceAll('|', '/')} |`);
  const parts = [
    '# Third-party notices',
    '',
    'Axon ships these works of others. Written by `node scripts/notices.mjs` from the lockfile; do not edit by hand.',
    '',
    '| work | licence | copyright |',
    '|---|---|---|',
    ...others.map(([name, licence, copyright]) => `| ${name} | ${licence} | ${copyright} |`),
    ...[...rows.keys()].sort().map((key) => rows.get(key)),
    '',
    '# Licence texts',
  ];
  for (const [licence, text] of [...fullTexts(packages)].sort(([a], [b]) => (a < b ? -1 : 1)))
    parts.push('', `## ${licence}`, '', '```', text.replaceAll('```', "'''"), '```');
  writeFileSync(output, `${parts.join('\n')}\n`);
  say(`${path.relative(root, output)}: ${rows.size + others.length} works`);
}

function check() {
  const text = existsSync(output) ? readFileSync(output, 'utf8') : '';
  const named = new Set([...text.matchAll(/^\| (\S+ \d\S*) \|/gm)].map((match) => match[1]));
  const wanted = listLines();
  const missing = wanted.filter((line) => !named.has(line));
  const left = [...named].filter((line) => !wanted.includes(line));
  for (const line of missing) say(`not named: ${line}`);
  for (const line of left) say(`no longer shipped: ${line}`);
  if (missing.length + left.length > 0) say('run: node scripts/notices.mjs');
  return missing.length + left.length === 0 && wanted.length > 0;
}

/** npm's own list of packages (CycloneDX), with what ships of it: npm takes what the window is made of for tools. */
function shippedOf(sbom) {
  const shipped = new Set(listLines().map((line) => line.replace(' ', '@')));
  const components = sbom.components
    .filter((component) => shipped.has(component['bom-ref']))
    .map((component) => {
      const properties = component.properties.filter(({ name }) => name !== 'cdx:npm:package:development');
      return properties.length === component.properties.length ? component : { ...component, properties, scope: 'required' };
    });
  const dependencies = sbom.dependencies
    .filter(({ ref }) => ref === sbom.metadata.component['bom-ref'] || shipped.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => shipped.has(one)) }));
  return { ...sbom, components, dependencies };
}

if (process.argv.includes('--check')) process.exit(check() ? 0 : 1);
if (process.argv.includes('--sbom')) say(JSON.stringify(shippedOf(JSON.parse(readFileSync(0, 'utf8'))), null, 2));
else write();
