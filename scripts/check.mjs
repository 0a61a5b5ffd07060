// `npm run check`: types, lint, format, import rules, dead code, exports, house rules, and a planted violation of each rule.
// All steps run; the exit code is 1 when one of them failed. --json FILE also writes [{name, ok, seconds}].
// --fix (`npm run format`) formats, and mends what lint can mend by itself, instead of checking.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bin, filesUnder, isMain, root, runNode, say } from './tasks.mjs';

const sources = ['src-shared', 'src-main', 'src-renderer', 'test', 'scripts'];

const isSource = (file) => sources.some((folder) => file.startsWith(`${folder}/`)) && /(?<![.]d)[.](ts|tsx|mts|mjs)$/.test(file);

const types = (folder) => () => runNode([bin('@typescript/native', 'tsc'), '-p', folder]);

/**
 * The verdict over a dependency-cruiser result: its violations, and whether it saw our files at all.
 * @param {{modules: {source: string}[], summary: {violations: {rule: {name: string, severity: string}, from: string, to: string}[]}}} result
 * @param {number} fileCount source files in the tree
 */
export function judgeImports(result, fileCount) {
  const seen = result.modules.filter(({ source }) => isSource(source)).length;
  const lines = result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
  if (seen === 0 || seen <= fileCount / 2) lines.push(`import rules saw ${seen} of ${fileCount} files: they prove nothing`);
  return { ok: lines.length === 0, lines, seen };
}

async function importRules() {
  const files = filesUnder(sources, ['']).filter(isSource);
  const ran = await runNode([
    bin('dependency-cruiser', 'depcruise'),
    '--config',
    '.config/dependency-cruiser.cjs',
    '--output-type',
    'json',
    ...sources,
  ]);
  let result;
  try {
    result = JSON.parse(ran.output);
  } catch {
    return { ...ran, code: 1 };
  }
  const { ok, lines, seen } = judgeImports(result, files.length);
  return { ...ran, code: ok ? 0 : 1, output: lines.join('\n'), note: `${seen} of ${files.length} files` };
}

const lintArgs = [bin('oxlint'), '--config', '.config/oxlint.json', '--type-aware', '--deny-warnings', ...sources, '.config'];
/** Prose is not formatted: tables and line breaks in it are the author's. */
const formatArgs = [bin('oxfmt'), '--config', '.config/oxfmt.json', ...sources, '.config', '.github', 'package.json', '!**/*.md'];

const steps = [
  { name: 'types of src-shared', run: types('src-shared') },
  { name: 'types of src-main', run: types('src-main') },
  { name: 'types of src-renderer', run: types('src-renderer') },
  { name: 'types of test', run: types('test') },
  { name: 'lint', run: () => runNode(lintArgs) },
  { name: 'format', run: () => runNode([...formatArgs, '--list-different']) },
  { name: 'import rules', run: importRules },
  { name: 'dead code', run: () => runNode([bin('knip'), '--config', '.config/knip.json', '--no-progress', '--no-config-hints']) },
  { name: 'exports', run: () => runNode(['scripts/check-exports.mjs']) },
  { name: 'house', run: () => runNode(['scripts/check-house.mjs']) },
  { name: 'minimum versions', run: () => runNode(['scripts/minimum-versions.mjs']) },
  { name: 'lockfile', run: () => runNode(['scripts/lockfile.mjs', '--check']) },
  { name: 'notices', run: () => runNode(['scripts/notices.mjs', '--check']) },
  { name: 'planted violations', run: () => runNode(['scripts/planted.mjs']) },
];

async function main() {
  const results = [];
  for (const step of steps) {
    const { code, output, seconds, note } = await step.run();
    results.push({ name: step.name, ok: code === 0, seconds });
    say(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name} (${seconds.toFixed(1)} s${note ? `, ${note}` : ''})`);
    if (code !== 0) say(output.trimEnd().replace(/^/gm, '     '));
  }
  const failed = results.filter((result) => !result.ok).length;
  say(`check: ${results.length - failed} of ${results.length} steps are well`);
  const json = process.argv.indexOf('--json');
  if (json > 0) {
    const file = path.resolve(root, process.argv[json + 1]);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(results, null, 2));
  }
  process.exit(failed > 0 ? 1 : 0);
}

async function fix() {
  await runNode([...lintArgs, '--fix'], { show: true });
  const { code } = await runNode(formatArgs, { show: true });
  process.exit(code);
}

if (isMain(import.meta.url)) await (process.argv.includes('--fix') ? fix() : main());
