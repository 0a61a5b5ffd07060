// What the house asks of its rooms and no tool knows: a README of at most 40 lines in each, no left-overs, nothing of one machine.
// Run alone: node scripts/check-house.mjs [FOLDER]; exits 1 with one line per finding.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { filesUnder, isMain, root } from './tasks.mjs';

const maxReadmeLines = 40;
// Split so that this file does not find itself.
const leftOver = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].map((word) => `\\b${word}\\b`).join('|'));
const oneMachine = new RegExp(
  `(^|[^A-Za-z0-9_.])/(${'wo' + 'rk'}|${'fa' + 'rm'})/|registry\\.${'npm' + 'js'}|${'py' + 'pi'}\\.org|${'python' + 'hosted'}|deb\\.${'deb' + 'ian'}\\.org`,
);

function foldersIn(base, folder) {
  const absolute = path.join(base, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${folder}/${entry.name}`);
}

/** Findings as lines of text; empty when all is well. */
export function findHouseFaults(base = root) {
  const findings = [];
  for (const room of [
    'src-shared',
    'src-main',
    'src-renderer',
    'test',
    'scripts',
    ...foldersIn(base, 'src-main'),
    ...foldersIn(base, 'src-renderer'),
  ]) {
    if (filesUnder([room], ['']).length === 0 && base === root) continue;
    const readme = path.join(base, room, 'README.md');
    if (!existsSync(readme)) findings.push(`room without a README: ${room}`);
    else {
      const lines = readFileSync(readme, 'utf8').trimEnd().split('\n').length;
      if (lines > maxReadmeLines) findings.push(`README of ${lines} lines (at most ${maxReadmeLines}): ${room}`);
    }
  }
  const endings = ['.ts', '.tsx', '.mjs', '.cjs', '.md', '.css', '.json', '.yml', '.html'];
  for (const file of filesUnder(
    ['src-shared', 'src-main', 'src-renderer', 'test', 'scripts', '.config', '.ci', '.github'],
    endings,
    base,
  )) {
    readFileSync(path.join(base, file), 'utf8')
      .split('\n')
      .forEach((line, index) => {
        if (leftOver.test(line)) findings.push(`left-over: ${file}:${index + 1}`);
        if (oneMachine.test(line)) findings.push(`path of one machine or a registry host: ${file}:${index + 1}`);
      });
  }
  return findings;
}

if (isMain(import.meta.url)) {
  const findings = findHouseFaults(process.argv[2] ? path.resolve(process.argv[2]) : root);
  for (const line of findings) console.log(line);
  process.exit(findings.length > 0 ? 1 : 0);
}
