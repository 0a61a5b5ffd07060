// Compares what we build from with src-shared/minimum-versions.json: packages of the lockfile, the llama.cpp inside node-llama-cpp, and the
// libraries beside it. Exits 1 with one line per finding. Run alone: node scripts/minimum-versions.mjs [FOLDER]
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { filesUnder, isMain, root, say } from './tasks.mjs';

const readJson = (base, file) => JSON.parse(readFileSync(path.join(base, file), 'utf8'));

/** [[major, minor, patch], is it a candidate]; undefined when it is no version. */
function numbersOf(text) {
  const found = /^v?(\d+)\.(\d+)\.(\d+)(-.+)?$/.exec(text ?? '');
  return found === null ? undefined : [[Number(found[1]), Number(found[2]), Number(found[3])], found[4] !== undefined];
}

/** A version that cannot be read counts as older: nothing passes by being odd. */
export function isBelow(version, minimum) {
  const [is, least] = [numbersOf(version), numbersOf(minimum)];
  if (is === undefined || least === undefined) return true;
  for (const [place, number] of is[0].entries()) if (number !== least[0][place]) return number < least[0][place];
  return is[1] && !least[1];
}

const cvesOf = ({ cves }) => cves.map(({ id }) => id).join(', ');

/** Every place of a package in the lockfile: also the copies that others bring along. */
function packageFindings(entry, packages) {
  const findings = [];
  for (const [place, { version, link }] of Object.entries(packages)) {
    if (!place.endsWith(`node_modules/${entry.package}`) || link) continue;
    if (entry.minimum === undefined) findings.push(`${entry.package} ${version}: must not be used (${cvesOf(entry)})`);
    else if (isBelow(version, entry.minimum)) findings.push(`${entry.package} ${version} is below ${entry.minimum} (${cvesOf(entry)})`);
  }
  return findings;
}

const llamaInfo = 'node_modules/node-llama-cpp/llama/llama.cpp.info.json';

/** The engine that we ship; its version is in the package, and in each build of it. */
function engineFindings(entry, base) {
  if (!existsSync(path.join(base, llamaInfo))) return [`${entry.component}: its version could not be read (${llamaInfo})`];
  const builds = filesUnder(['node_modules/@node-llama-cpp'], ['_nlcBuildMetadata.json'], base);
  const releases = [
    [llamaInfo, readJson(base, llamaInfo).tag],
    ...builds.map((file) => [file, readJson(base, file).buildOptions?.llamaCpp?.release]),
  ];
  return releases.flatMap(([file, release]) => {
    const build = /^b(\d+)$/.exec(release ?? '');
    const below = build === null ? isBelow(release, entry.minimum) : Number(build[1]) < entry.minimumBuild;
    return below ? [`${entry.component} ${release} is below ${entry.minimum} (${cvesOf(entry)}): ${file}`] : [];
  });
}

/** A part of llama.cpp that must not be among what we ship: libggml-rpc.so, rpc-server, llama-server.exe. */
function libraryFindings(entry, base) {
  const named = new RegExp(`(^|[-_])${entry.library}([-_.]|$)`);
  return filesUnder(['node_modules/@node-llama-cpp', 'node_modules/node-llama-cpp/bins'], [''], base)
    .filter((file) => file.includes('/bins/') && named.test(path.posix.basename(file)))
    .map((file) => `${entry.component} is shipped (${cvesOf(entry)}): ${file}`);
}

/** Findings as lines of text; empty when all is well. */
export function findOldVersions(base = root) {
  const entries = readJson(base, 'src-shared/minimum-versions.json');
  const { packages } = readJson(base, 'package-lock.json');
  return entries.flatMap((entry) => {
    if (entry.package !== undefined) return packageFindings(entry, packages);
    if (entry.library !== undefined) return libraryFindings(entry, base);
    return entry.engine === 'embedded' ? engineFindings(entry, base) : [];
  });
}

if (isMain(import.meta.url)) {
  const findings = findOldVersions(process.argv[2] ? path.resolve(process.argv[2]) : root);
  for (const line of findings) say(line);
  process.exit(findings.length > 0 ? 1 : 0);
}
