// Every guard is seen to bite: a small tree with one violation per rule, in a temporary folder, and each tool must name each of them.
// A rule without a plant fails here too, so that none is added on trust. The real tree being clean is the other half of the proof.
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { findDuplicateExports } from './check-exports.mjs';
import { findHouseFaults } from './check-house.mjs';
import { judgeImports } from './check.mjs';
import { findOldVersions } from './minimum-versions.mjs';
import { bin, root, runNode, say } from './tasks.mjs';

const require = createRequire(import.meta.url);

/** Import rule -> the files of its violation; the first one breaks the rule. Bare text is the file's content. */
const imports = {
  'no-circular': { 'src-shared/ring-a.ts': "import './ring-b.ts';", 'src-shared/ring-b.ts': "import './ring-a.ts';" },
  resolvable: { 'src-shared/lost.ts': "import './nowhere.ts';" },
  // eventemitter3 is in node_modules because others need it; nobody declared it.
  'declared-packages': { 'src-main/store/undeclared.ts': "import 'eventemitter3';" },
  'shipped-code-uses-shipped-packages': { 'src-main/store/dev.ts': "import 'vitest';" },
  'shared-is-pure': { 'src-shared/impure.ts': "import 'node:fs';" },
  'renderer-knows-only-shared': { 'src-renderer/nosy.ts': "import '../src-main/store/innocent.ts';" },
  'renderer-has-no-node': { 'src-renderer/wired.ts': "import 'ws';" },
  'renderer-has-no-node-core': { 'src-renderer/rooted.ts': "import 'fs';" },
  'features-do-not-meet': { 'src-renderer/features/chat/meets.ts': "import '../peers/met.ts';", 'src-renderer/features/peers/met.ts': '' },
  'ui-has-no-product': { 'src-renderer/ui/knowing.ts': "import '../features/peers/met.ts';" },
  'toasts-by-tell': { 'src-renderer/features/peers/telling.ts': "import '@mantine/notifications';" },
  'main-never-imports-renderer': { 'src-main/store/seeing.ts': "import '../../src-renderer/features/peers/met.ts';" },
  'core-is-pure': { 'src-main/jobs/timed.ts': "import 'node:timers';" },
  'edges-do-not-meet': { 'src-main/api/touching.ts': "import '../store/innocent.ts';" },
  'nobody-imports-the-root': { 'src-main/api/rooted.ts': "import '../node.ts';" },
  'electron-only-in-desktop': { 'src-main/store/windowed.ts': "import 'electron';" },
  'libp2p-only-in-network': { 'src-main/store/wired.ts': "import 'libp2p';" },
  'processes-only-in-engine-and-hardware': { 'src-main/store/forking.ts': "import 'node:child_process';" },
  'headless-never-loads-electron': {
    'src-main/cli.ts': "import './store/step.ts';",
    'src-main/store/step.ts': "import './two-steps.ts';",
    'src-main/store/two-steps.ts': "import type { app } from 'electron'; export type App = typeof app;",
  },
  'peers-never-reach-control': { 'src-main/network/reaching.ts': "import '../../src-shared/control.ts';", 'src-shared/control.ts': '' },
  'source-never-imports-tests': { 'src-main/store/tested.ts': "import '../../test/fakes/fake.ts';", 'test/fakes/fake.ts': '' },
  'setup-needs-nothing': { 'scripts/setup.mjs': "import 'zod';" },
};

/** Lint rule -> [file, content]. */
const lints = {
  'no-floating-promises': [
    'src-main/store/floating.ts',
    'export async function later() { await Promise.resolve(); }\nexport function now() { later(); }',
  ],
  'no-misused-promises': [
    'src-main/store/misused.ts',
    'export function each(list: number[]) { list.forEach(async (n) => { await Promise.resolve(n); }); }',
  ],
  'await-thenable': ['src-main/store/awaited.ts', 'export async function odd() { await 1; }'],
  'switch-exhaustiveness-check': [
    'src-shared/open.ts',
    "type Role = 'leader' | 'subordinate';\nexport function word(role: Role) { switch (role) { case 'leader': return 1; default: return 2; } }",
  ],
  'no-explicit-any': ['src-shared/any.ts', 'export const loose = (value: any) => String(value);'],
  'consistent-type-imports': [
    'src-shared/type-import.ts',
    "import { Fine } from './fine.ts';\nexport const fine = (value: Fine) => value;",
  ],
  'no-default-export': ['src-shared/default.ts', 'export default 1;'],
  'no-console': ['src-main/store/loud.ts', "export function shout() { console.log('x'); }"],
  'filename-case': ['src-shared/CamelCase.ts', 'export const camel = 1;'],
  'no-restricted-globals': ['src-main/store/socket.ts', "export const open = () => new WebSocket('ws://127.0.0.1');"],
  'no-focused-tests': ['src-shared/alone.test.ts', `import { test } from 'vitest';\ntest.${'only'}('one', () => {});`],
  'no-disabled-tests': ['src-shared/off.test.ts', `import { test } from 'vitest';\ntest.${'skip'}('one', () => {});`],
  'no-danger': [
    'src-renderer/raw.tsx',
    'export function Raw({ html }: { html: string }) { return <p dangerouslySetInnerHTML={{ __html: html }} />; }',
  ],
  'rules-of-hooks': [
    'src-renderer/hooked.tsx',
    "import { useState } from 'react';\nexport function Hooked({ on }: { on: boolean }) { if (on) { const [n] = useState(1); return <p>{n}</p>; } return null; }",
  ],
  'no-restricted-imports': [
    'src-main/desktop/second-window.ts',
    "import { BrowserWindow } from 'electron';\nexport const open = () => new BrowserWindow({});",
  ],
  eqeqeq: ['src-shared/loose.ts', 'export const same = (a: unknown, b: unknown) => a == b;'],
};

/** What the compiler must refuse: [file, content, error]. */
const typeFaults = {
  'no DOM in shared': ['src-shared/dom.ts', 'export const width = window.innerWidth;', 'TS2304'],
  'no Node in shared': ['src-shared/node-global.ts', 'export const pid = process.pid;', 'TS2591'],
  'no DOM in main': ['src-main/store/dom.ts', 'export const width = document.title;', 'TS2584'],
  'no Node in the renderer': ['src-renderer/node-global.ts', 'export const pid = process.pid;', 'TS2591'],
  'unchecked index': ['src-shared/index-access.ts', 'export const first = (list: string[]): string => list[0];', 'TS2322'],
  'inexact optional': [
    'src-shared/optional.ts',
    'type Hint = { hint?: string };\nexport const hint: Hint = { hint: undefined };',
    'TS2375',
  ],
  'no enum': ['src-shared/enumerated.ts', "export enum Role { leader = 'leader' }", 'TS1294'],
  'no parameter property': ['src-shared/parameter.ts', 'export class Box { constructor(readonly value: string) {} }', 'TS1294'],
};

const innocent = {
  'src-main/store/innocent.ts': '',
  'src-main/node.ts': '',
  'src-shared/fine.ts': 'export type Fine = { fine: boolean };',
};

function write(base, file, content) {
  mkdirSync(path.dirname(path.join(base, file)), { recursive: true });
  writeFileSync(path.join(base, file), content === '' ? 'export {};\n' : `${content}\n`);
}

/** A tree with our settings and packages and nothing else. */
function plant(name, files) {
  const base = realpathSync(mkdtempSync(path.join(os.tmpdir(), `axon-planted-${name}-`)));
  copyFileSync(path.join(root, 'package.json'), path.join(base, 'package.json'));
  cpSync(path.join(root, '.config'), path.join(base, '.config'), { recursive: true });
  for (const folder of ['src-shared', 'src-main', 'src-renderer', 'test']) {
    mkdirSync(path.join(base, folder), { recursive: true });
    const settings = path.join(root, folder, 'tsconfig.json');
    if (existsSync(settings)) copyFileSync(settings, path.join(base, folder, 'tsconfig.json'));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(base, 'node_modules'), 'junction');
  for (const [file, content] of Object.entries(files)) write(base, file, content);
  return base;
}

async function plantedImports(expect) {
  const base = plant('imports', Object.assign({}, innocent, ...Object.values(imports)));
  const ran = await runNode(
    [
      bin('dependency-cruiser', 'depcruise'),
      '--config',
      '.config/dependency-cruiser.cjs',
      '--output-type',
      'json',
      'src-shared',
      'src-main',
      'src-renderer',
      'scripts',
    ],
    { cwd: base },
  );
  const result = JSON.parse(ran.output);
  const hits = new Set(result.summary.violations.map(({ rule, from }) => `${rule.name} ${from}`));
  for (const [rule, files] of Object.entries(imports)) expect(`import rule ${rule}`, hits.has(`${rule} ${Object.keys(files)[0]}`));
  for (const { name } of require(path.join(root, '.config', 'dependency-cruiser.cjs')).forbidden)
    expect(`import rule ${name} has a plant`, name in imports);
  expect('import rules that saw nothing', !judgeImports({ modules: [], summary: { violations: [] } }, 100).ok);
  expect(
    'import rules that saw a third',
    !judgeImports({ modules: Array.from({ length: 33 }, () => ({ source: 'src-main/a.ts' })), summary: { violations: [] } }, 100).ok,
  );
  return base;
}

async function plantedLints(expect) {
  const base = plant('lints', { ...innocent, ...Object.fromEntries(Object.values(lints)) });
  const ran = await runNode(
    [bin('oxlint'), '--config', '.config/oxlint.json', '--type-aware', '--format', 'json', 'src-shared', 'src-main', 'src-renderer'],
    { cwd: base },
  );
  const { diagnostics } = JSON.parse(ran.output);
  for (const [rule, [file]] of Object.entries(lints)) {
    expect(
      `lint rule ${rule}`,
      ran.code !== 0 &&
        diagnostics.some(({ code, filename }) => code?.includes(`(${rule})`) && filename.replaceAll('\\', '/').endsWith(file)),
    );
  }
  return base;
}

async function plantedTypes(expect) {
  const base = plant('types', { ...innocent, ...Object.fromEntries(Object.values(typeFaults).map(([file, content]) => [file, content])) });
  const outputs = [];
  for (const folder of ['src-shared', 'src-main', 'src-renderer'])
    outputs.push((await runNode([bin('@typescript/native', 'tsc'), '-p', folder, '--pretty', 'false'], { cwd: base })).output);
  const lines = outputs.join('\n').split('\n');
  for (const [name, [file, , error]] of Object.entries(typeFaults))
    expect(
      `types: ${name}`,
      lines.some((line) => line.startsWith(`${file}(`) && line.includes(error)),
    );
  return base;
}

async function plantedRest(expect) {
  const base = plant('rest', {
    'src-shared/one.ts': 'export const twice = 1;',
    'src-main/store/two.ts': 'export const twice = 2;',
    'src-main/store/word.ts': 'export const keyManager = 1;',
    'src-main/store/crooked.ts': 'export   const crooked = "double";',
    'src-main/store/machine.ts': `export const where = '/${'wo' + 'rk'}/main';`,
    'src-main/store/later.ts': `// ${'TO' + 'DO'}: finish`,
    'src-main/store/README.md': 'line\n'.repeat(41),
    'src-main/cli.ts': "import { used } from './store/used.ts';\nused();",
    'src-main/store/used.ts': 'export const used = () => 1;\nexport const unused = () => 2;',
    'src-main/store/dead.ts': 'export const dead = 1;',
  });
  const { findings } = findDuplicateExports(base);
  expect(
    'exports: the same name twice',
    findings.some((line) => line.startsWith('duplicate export: twice')),
  );
  expect(
    'exports: an empty word',
    findings.some((line) => line.startsWith('empty word: keyManager')),
  );
  const faults = findHouseFaults(base);
  expect(
    'house: a README of 41 lines',
    faults.some((line) => line.startsWith('README of 41 lines') && line.endsWith('src-main/store')),
  );
  expect('house: a room without a README', faults.includes('room without a README: src-shared'));
  expect(
    'house: a left-over',
    faults.some((line) => line.startsWith('left-over: src-main/store/later.ts')),
  );
  expect(
    'house: a path of one machine',
    faults.some((line) => line.includes('src-main/store/machine.ts')),
  );
  const format = await runNode([bin('oxfmt'), '--config', '.config/oxfmt.json', '--list-different', 'src-main'], { cwd: base });
  expect('format: crooked code', format.code !== 0 && format.output.includes('crooked.ts'));
  const knip = await runNode(
    [bin('knip'), '--config', '.config/knip.json', '--no-progress', '--no-config-hints', '--include', 'files,exports'],
    { cwd: base },
  );
  expect('dead code: a file', knip.code !== 0 && knip.output.includes('src-main/store/dead.ts'));
  expect('dead code: an export', knip.output.includes('unused'));
  return base;
}

/** A lockfile and an engine as they must not be; node_modules is of its own, since the real one is well. */
async function plantedVersions(expect) {
  const base = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'axon-planted-versions-')));
  const packages = {
    'node_modules/electron': { version: '44.9.9' },
    'node_modules/@libp2p/crypto': { version: '5.1.22' },
    'node_modules/old/node_modules/@libp2p/crypto': { version: '5.1.21' },
    'node_modules/@chainsafe/libp2p-noise': { version: '17.0.0-beta.1' },
    'node_modules/@libp2p/gossipsub': { version: '99.0.0' },
    'node_modules/mermaid': { version: 'next' },
  };
  mkdirSync(path.join(base, 'src-shared'), { recursive: true });
  copyFileSync(path.join(root, 'src-shared/minimum-versions.json'), path.join(base, 'src-shared/minimum-versions.json'));
  writeFileSync(path.join(base, 'package-lock.json'), JSON.stringify({ packages }));
  const without = findOldVersions(base);
  write(base, 'node_modules/node-llama-cpp/llama/llama.cpp.info.json', '{"tag":"b8145"}');
  write(base, 'node_modules/@node-llama-cpp/x/bins/x/_nlcBuildMetadata.json', '{"buildOptions":{"llamaCpp":{"release":"v0.2.0"}}}');
  write(base, 'node_modules/@node-llama-cpp/x/bins/x/libggml-rpc.so', '');
  write(base, 'node_modules/@node-llama-cpp/x/bins/x/llama-server.exe', '');
  const lines = findOldVersions(base);
  const found = (start) => lines.some((line) => line.startsWith(start));
  expect('minimum versions: Electron', found('electron 44.9.9 is below 45.0.0 (CVE-'));
  expect('minimum versions: a copy that another package brings', found('@libp2p/crypto 5.1.21 is below'));
  expect('minimum versions: the minimum itself is well', !found('@libp2p/crypto 5.1.22'));
  expect('minimum versions: a candidate of the minimum', found('@chainsafe/libp2p-noise 17.0.0-beta.1 is below'));
  expect('minimum versions: a package that must not be used', found('@libp2p/gossipsub 99.0.0: must not'));
  expect('minimum versions: a version that cannot be read', found('mermaid next is below'));
  expect(
    'minimum versions: an engine that cannot be found',
    without.some((line) => line.startsWith('llama.cpp: its version could not be read')),
  );
  expect('minimum versions: the engine', found('llama.cpp b8145 is below'));
  expect('minimum versions: one build of the engine', found('llama.cpp v0.2.0 is below'));
  expect('minimum versions: rpc among the libraries', found('llama.cpp rpc-server is shipped'));
  expect('minimum versions: the server among the libraries', found('llama-server is shipped'));
  return base;
}

const results = [];
const expect = (name, held) => results.push({ name, held });
const folders = await Promise.all(
  [plantedImports, plantedLints, plantedTypes, plantedRest, plantedVersions].map((planted) => planted(expect)),
);
if (!process.argv.includes('--keep')) for (const folder of folders) rmSync(folder, { recursive: true, force: true });
else say(folders.join('\n'));
const missed = results.filter(({ held }) => !held);
for (const { name } of missed) say(`not caught: ${name}`);
say(`planted: ${results.length - missed.length} of ${results.length} violations are caught`);
process.exit(missed.length > 0 ? 1 : 0);
