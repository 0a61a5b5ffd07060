// `npm test`: sets the machine up, then runs check, unit, ports, swarm, fault and app; ends with "N passed, N failed" over all of them.
// --long runs every suite in full; --tier NAME[,NAME] runs only those. A tier that cannot run has failed, unless AXON_SKIP=NAME[,NAME] says
// that it need not; the line before the last names what was skipped.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ensureDebianPackages } from './debian-packages.mjs';
import { setup } from './setup.mjs';
import { bin, environment, root, run, runNode, say } from './tasks.mjs';

/** name, and what must be there first: Debian packages (by use), the model, a build, an Electron runtime. */
const tiers = [
  { name: 'check', needs: [] },
  { name: 'unit', needs: [] },
  { name: 'ports', needs: ['model'] },
  { name: 'swarm', needs: [] },
  { name: 'fault', needs: ['packages:fault', 'model', 'build'] },
  { name: 'app', needs: ['packages:window', 'packages:app', 'model', 'build', 'runtime'] },
];
const names = tiers.map(({ name }) => name);
const reports = path.join(root, 'reports');

function listOf(text, what) {
  const list = (text ?? '').split(',').map((word) => word.trim());
  const wanted = list.filter((word) => word !== '');
  for (const word of wanted) {
    if (names.includes(word)) continue;
    say(`${what}: no tier is named "${word}"; there are ${names.join(', ')}`);
    process.exit(2);
  }
  return wanted;
}

function readArguments() {
  const args = process.argv.slice(2);
  const at = args.indexOf('--tier');
  const only = at < 0 ? names : listOf(args[at + 1], '--tier');
  if (only.length === 0) {
    say(`--tier needs a name: ${names.join(', ')}`);
    process.exit(2);
  }
  return { only, long: args.includes('--long'), skip: listOf(process.env.AXON_SKIP, 'AXON_SKIP') };
}

async function script(file, fault) {
  const { code } = await runNode([`scripts/${file}`], { show: true });
  return code === 0 ? undefined : `${fault} (scripts/${file} ended with ${code})`;
}

/** How each need is met; returns why not, or undefined. Each is tried once, for all the tiers that ask. */
const preparations = {
  async packages(use) {
    const missing = ensureDebianPackages([use]);
    return missing.length === 0 ? undefined : `Debian packages are missing: ${missing.join(', ')}`;
  },
  model: () => script('model.mjs', 'no default model'),
  build: () => script('build.mjs', 'the build failed'),
  runtime: () => script('electron-runtime.mjs', 'no Electron runtime'),
};

const prepared = new Map();
async function prepare(need) {
  if (!prepared.has(need)) {
    const [kind, argument] = need.split(':');
    prepared.set(need, await preparations[kind](argument));
  }
  return prepared.get(need);
}

async function runCheck() {
  const file = path.join(reports, 'check.json');
  rmSync(file, { force: true });
  const { code, seconds } = await runNode(['scripts/check.mjs', '--json', file], { show: true });
  if (!existsSync(file)) return { passed: 0, failed: 1, seconds, notes: ['check did not finish'] };
  const steps = JSON.parse(readFileSync(file, 'utf8'));
  const failed = steps.filter(({ ok }) => !ok).map(({ name }) => name);
  return { passed: steps.length - failed.length, failed: Math.max(failed.length, code === 0 ? 0 : 1), seconds, notes: failed };
}

async function runVitest(name, long) {
  const file = path.join(reports, `tests-${name}.json`);
  rmSync(file, { force: true });
  const args = [bin('vitest'), 'run', '--config', '.config/vitest.config.ts', '--project', `${name}*`];
  args.push('--reporter=default', '--reporter=json', `--outputFile.json=${file}`);
  const env = environment(long ? { AXON_LONG: '1' } : {});
  // Electron needs a screen; where there is none, a virtual one for the whole tier.
  const screen = name === 'app' && process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
  const { code, seconds } = screen
    ? await run('xvfb-run', ['-a', '-s', '-screen 0 1400x1000x24', process.execPath, ...args], { show: true, env })
    : await runNode(args, { show: true, env });
  if (!existsSync(file)) return { passed: 0, failed: 1, seconds, notes: [`vitest ended with ${code} and no result`] };
  return judgeVitest(JSON.parse(readFileSync(file, 'utf8')), code, seconds);
}

/** The first lines of why a test failed: of a long log, often only this summary is kept. */
function causeOf({ failureMessages }) {
  return (failureMessages ?? []).flatMap((message) => {
    const lines = stripVTControlCharacters(message).split('\n');
    return lines
      .filter((line) => line.trim() !== '' && !/^\s*at /.test(line))
      .slice(0, 12)
      .map((line) => line.slice(0, 300));
  });
}

/** A file that does not load, a run without a test, and (on Linux, where everything can run) a test that skipped itself are failures. */
function judgeVitest(result, code, seconds) {
  const notes = [];
  let failed = result.numFailedTests;
  for (const suite of result.testResults) {
    const own = suite.assertionResults.filter(({ status }) => status === 'failed');
    for (const test of own) notes.push(`${path.relative(root, suite.name)}: ${test.fullName}`, ...causeOf(test).map((line) => `  ${line}`));
    if (suite.status !== 'failed' || own.length > 0) continue;
    failed += 1;
    notes.push(`${path.relative(root, suite.name)}: ${(suite.message || 'the file did not run').split('\n')[0]}`);
  }
  const skipped = result.numPendingTests + (result.numTodoTests ?? 0);
  if (skipped > 0) notes.push(`${skipped} tests skipped themselves`);
  if (skipped > 0 && process.platform === 'linux') failed += skipped;
  if (result.numPassedTests + failed === 0) notes.push('no test ran');
  if (failed === 0 && (code !== 0 || result.numPassedTests === 0)) {
    failed = 1;
    notes.push(`vitest ended with ${code}`);
  }
  return { passed: result.numPassedTests, failed, seconds, notes };
}

async function runTier(tier, long) {
  say(`\n=== ${tier.name} ===`);
  const started = performance.now();
  for (const need of tier.needs) {
    const why = await prepare(need);
    if (why) return { passed: 0, failed: 1, seconds: (performance.now() - started) / 1000, notes: [`could not run: ${why}`] };
  }
  return tier.name === 'check' ? runCheck() : runVitest(tier.name, long);
}

await setup();
const { only, long, skip } = readArguments();
mkdirSync(reports, { recursive: true });
// Tables of an earlier run would stand beside this one's; these are written by `npm run bench` and `npm run mutation` alone.
if (only.length === names.length)
  for (const name of readdirSync(reports))
    if (!['bench.json', 'mutation.json'].includes(name)) rmSync(path.join(reports, name), { recursive: true });
const results = [];
for (const tier of tiers) {
  if (!only.includes(tier.name) || skip.includes(tier.name)) continue;
  results.push({ name: tier.name, ...(await runTier(tier, long)) });
}

say('\n=== all ===');
for (const { name, passed, failed, seconds, notes } of results) {
  say(
    `${failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(6)} ${String(passed).padStart(5)} passed, ${failed} failed (${seconds.toFixed(0)} s)`,
  );
  for (const note of notes) say(`     ${note}`);
}
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
const skipped = tiers.filter(({ name }) => skip.includes(name)).map(({ name }) => name);
say(`skipped tiers: ${skipped.length > 0 ? skipped.join(', ') : 'none'}`);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
