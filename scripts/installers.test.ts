// electron-builder.yml as electron-builder itself reads it, and what release.yml makes of it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { configureBuildCommand, createYargs, normalizeOptions } from 'electron-builder/out/builder.js';
import { FileMatcher } from 'app-builder-lib/out/fileMatcher.js';
import { getPublishConfigs } from 'app-builder-lib/out/publish/PublishManager.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string): string => readFileSync(`${root}/${name}`, 'utf8');
const workflow = z.object({
  jobs: z.object({
    installers: z.object({
      strategy: z.object({ matrix: z.object({ include: z.array(z.object({ targets: z.string() })) }) }),
      steps: z.array(z.object({ run: z.string().optional() })),
    }),
  }),
});
const { installers } = workflow.parse(parse(read('.github/workflows/release.yml'))).jobs;
/** The words that release.yml gives to electron-builder, for each system. */
const releases = installers.strategy.matrix.include.map(({ targets }) =>
  (installers.steps.findLast(({ run }) => run?.includes('electron-builder') === true)?.run ?? '')
    .replace('${{ matrix.targets }}', targets)
    .replace(/\$(\{[^}]*\}|\w+)/g, '')
    .split(/\s+/)
    .slice(2)
    .filter(Boolean),
);

/** As electron-builder does with its command line. */
function asked(words: string[]) {
  return normalizeOptions(configureBuildCommand(createYargs()).parse(words) as Parameters<typeof normalizeOptions>[0]);
}

/** The settings of a run with these words. */
async function config(words: string[]) {
  const { config: changes } = asked(words);
  const made = await getConfig(root, null, typeof changes === 'object' ? changes : null);
  await validateConfiguration(made, { isEnabled: false } as Parameters<typeof validateConfiguration>[1]);
  return made;
}

/** Where a run in a checkout of that repository puts what it made. */
async function published(words: string[]): Promise<unknown> {
  const made = await config(words);
  const repositoryInfo = Promise.resolve({ type: 'github', user: 'ann', project: 'axon' });
  const info = { repositoryInfo, config: made, appInfo: { channel: null } };
  const packager = { platformSpecificBuildOptions: {}, config: made, info, expandMacro: (text: string) => text };
  return await getPublishConfigs(packager as unknown as Parameters<typeof getPublishConfigs>[0], null, null, true);
}

test('each release is put into a draft on the repository that it is built in, by no token that is written down', async () => {
  expect(releases.length).toBe(4);
  for (const words of releases) {
    expect(asked(words).publish).toBe('always');
    expect(await published(words)).toEqual([{ provider: 'github', owner: 'ann', repo: 'axon', releaseType: 'draft' }]);
  }
  // one's own machine publishes nothing
  expect(await published(['--linux', 'deb', '--publish', 'never'])).toBeNull();
});

test('the list of what is in a release names what the window is made of, and no tool', () => {
  const { steps } = z
    .object({ jobs: z.object({ draft: z.object({ steps: z.array(z.object({ run: z.string().optional() })) }) }) })
    .parse(parse(read('.github/workflows/release.yml'))).jobs.draft;
  const words = steps.find(({ run }) => run?.includes('> Axon-sbom.cdx.json') === true)?.run ?? '';
  const list = z
    .object({
      components: z.array(z.object({ name: z.string(), properties: z.array(z.object({ name: z.string() })) })),
      dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
    })
    .parse(
      JSON.parse(
        execFileSync('sh', ['-c', words.replace('> Axon-sbom.cdx.json', '')], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }),
      ),
    );
  const named = new Set(list.components.map(({ name }) => name));
  for (const shipped of ['libsql', 'react', 'katex', 'pdfjs-dist', 'node-llama-cpp']) expect(named).toContain(shipped);
  for (const tool of ['vitest', 'playwright', '@napi-rs/canvas']) expect(named).not.toContain(tool);
  expect(list.components.flatMap(({ properties }) => properties)).not.toContainEqual({ name: 'cdx:npm:package:development' });
  expect(list.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => ref.startsWith('vitest@'))).toEqual([]);
});

test('an installer brings the native parts of its own processor, and no other', async () => {
  const lock = z.object({ packages: z.record(z.string(), z.unknown()) }).parse(JSON.parse(read('package-lock.json')));
  const native = Object.keys(lock.packages).filter((name) => /^node_modules\/(@node-llama-cpp|@libsql)\//.test(name));
  const made = await config(['--linux']);
  const asFile = { isDirectory: () => false } as Parameters<ReturnType<FileMatcher['createFilter']>>[1];
  const kept = (arch: string): string[] => {
    const patterns = [made.files].flat().flatMap((set) => (typeof set === 'object' && set !== null ? (set.filter ?? []) : []));
    const matcher = new FileMatcher(root, root, (text) => text.replaceAll('${arch}', arch), ['**/*', ...patterns]);
    const taken = matcher.createFilter();
    return native.filter((name) => taken(`${root}${name}/binding.node`, asFile)).map((name) => path.basename(name));
  };
  expect(kept('x64')).toEqual([
    'darwin-x64',
    'linux-x64-gnu',
    'win32-x64-msvc',
    'linux-x64',
    'linux-x64-vulkan',
    'mac-x64',
    'win-x64',
    'win-x64-vulkan',
  ]);
  expect(kept('arm64')).toEqual(['darwin-arm64', 'linux-arm64-gnu', 'linux-arm64', 'mac-arm64-metal', 'win-arm64']);
});

test('the packages for Linux bring a unit that runs the installed `axon`, and take it away with them', async () => {
  const { deb, rpm } = await config(['--linux']);
  for (const made of [deb, rpm]) {
    expect(made?.fpm).toEqual(['assets/linux/axon.service=/usr/lib/systemd/user/axon.service']);
    expect(read(made?.afterInstall ?? '')).toContain('"$DPKG_ROOT/usr/bin/axon"');
  }
  const unit = read('assets/linux/axon.service');
  expect(unit).toContain('ExecStart=/usr/bin/axon start\n');
  expect(unit).toContain('WantedBy=default.target\n');
  const words = execFileSync(process.execPath, ['src-main/cli.ts', 'start', '--help'], { cwd: root, encoding: 'utf8' });
  expect(words).toContain('axon start');
});

test('behind the icons of the disk image lies a picture of its window, and one of twice the size', async () => {
  const { dmg } = await config([]);
  const background = dmg?.background ?? '';
  // width and height stand behind the head of a PNG and the name of its first part
  const size = (name: string): number[] => [16, 20].map((at) => readFileSync(`${root}/${name}`).readUInt32BE(at));
  expect(size(background)).toEqual([540, 380]);
  expect(size(background.replace('.png', '@2x.png'))).toEqual([1080, 760]);
  const picture = read('assets/mac/dmg-background.svg');
  for (const { x, y } of dmg?.contents ?? []) expect(picture).toContain(`(${x}, ${y})`);
  expect(dmg?.contents).toHaveLength(2);
});
