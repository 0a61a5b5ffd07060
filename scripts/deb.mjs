#!/usr/bin/env node
// Makes a .deb from electron-builder's call of fpm with Debian's own dpkg-deb, for machines where fpm cannot be had.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** fpm's words: options with a value ("--x v" or "--x=v"), options without one, and SOURCE=TARGET pairs. */
function readCall(words) {
  const call = { options: new Map(), depends: [], recommends: [], files: [] };
  while (words.length > 0) {
    const word = words.shift();
    const joined = /^(--[^=]+)=(.*)$/s.exec(word);
    if (word === '--force') continue;
    if (word === '-d' || word === '--depends') call.depends.push(words.shift());
    else if (word === '--deb-recommends') call.recommends.push(words.shift());
    else if (joined !== null) call.options.set(joined[1], joined[2]);
    else if (word.startsWith('-')) call.options.set(word, words.shift());
    else call.files.push(word);
  }
  return call;
}

function control({ options, depends, recommends }, kilobytes) {
  const [summary, ...rest] = (options.get('--description') ?? options.get('--name'))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const fields = {
    Package: options.get('--name'),
    Version: options.get('--version'),
    Architecture: options.get('--architecture'),
    Maintainer: options.get('--maintainer'),
    'Installed-Size': kilobytes,
    Depends: depends.join(', '),
    Recommends: recommends.join(', '),
    Section: options.get('--category') ?? 'net',
    Priority: 'optional',
    Homepage: options.get('--url'),
  };
  const lines = Object.entries(fields)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`);
  return [...lines, `Description: ${summary}`, ...rest.map((line) => ` ${line}`), ''].join('\n');
}

const call = readCall(process.argv.slice(2));
if (call.options.get('-t') !== 'deb') {
  process.stderr.write('deb.mjs makes deb packages only\n');
  process.exit(1);
}
const tree = mkdtempSync(path.join(tmpdir(), 'axon-deb-'));
try {
  chmodSync(tree, 0o755);
  for (const pair of call.files) {
    const at = pair.lastIndexOf('=');
    const source = pair.slice(0, at);
    const target = path.join(tree, pair.slice(at + 1));
    mkdirSync(source.endsWith('/') ? target : path.dirname(target), { recursive: true });
    cpSync(source, target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }
  const meta = path.join(tree, 'DEBIAN');
  mkdirSync(meta);
  const kilobytes = spawnSync('du', ['-sk', tree], { encoding: 'utf8' }).stdout.split('\t')[0];
  writeFileSync(path.join(meta, 'control'), control(call, kilobytes));
  const hooks = { '--after-install': 'postinst', '--after-remove': 'postrm', '--before-install': 'preinst', '--before-remove': 'prerm' };
  for (const [option, name] of Object.entries(hooks)) {
    if (!call.options.has(option)) continue;
    copyFileSync(call.options.get(option), path.join(meta, name));
    chmodSync(path.join(meta, name), 0o755);
  }
  // gzip: made here for testing, and xz takes minutes on two cores
  const { status } = spawnSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '-b', tree, call.options.get('--package')], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(tree, { recursive: true, force: true });
}
