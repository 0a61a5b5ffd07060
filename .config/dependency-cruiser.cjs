// Who may import what, as drawn in src-main/README.md. Type-only imports count: a type is knowledge too.
// scripts/planted.mjs breaks every rule once and sees it fail. `npm run check` asserts that modules were seen at all:
// with TypeScript 7 under the name "typescript" this tool finds 0 modules and is green, hence the alias in package.json.
const pure = '^src-main/(membership|swarm|jobs)/';
const edge = '^src-main/(network|engine|hardware|store|api|desktop)/';
const test = '[.]test[.]tsx?$';
const root = '^src-main/((node|real-node|main|cli|preload|utility)[.]ts$|node/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one file, or lack a third that both need.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that does not resolve here breaks at run time on the machine that tries it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(electron|virtual:)' },
    },
    {
      name: 'declared-packages',
      comment: 'A package that is not in package.json is there by luck: another one brought it.',
      severity: 'error',
      from: { path: '^(src-|test/|scripts/)' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'shipped-code-uses-shipped-packages',
      comment:
        'devDependencies are not in the installed app. The renderer is bundled, so its packages may be dev; electron is the runtime itself.',
      severity: 'error',
      from: { path: '^src-(main|shared)/', pathNot: test },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/electron/' },
    },
    {
      name: 'shared-is-pure',
      comment: 'src-shared is what both processes (and later other clients) speak: words and schemas, no Node, no DOM, no room of ours.',
      severity: 'error',
      from: { path: '^src-shared/', pathNot: test },
      to: { pathNot: ['^src-shared/', 'node_modules/(zod|@orpc/contract)/'] },
    },
    {
      name: 'renderer-knows-only-shared',
      comment: 'The window speaks the contract and nothing else, so that the web window and other clients are equal to it.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: { path: '^(src-main|test|scripts)/' },
    },
    {
      name: 'renderer-has-no-node',
      comment: 'The page runs sandboxed: no Node built-in, no Electron, no networking library exists there.',
      severity: 'error',
      from: { path: '^src-renderer/', pathNot: test },
      to: {
        path: [
          '^(node:|electron$)',
          'node_modules/(electron|electron-store|ws|libp2p|@libp2p|conf|pino|libsql|sodium-native|node-llama-cpp)/',
        ],
      },
    },
    {
      name: 'renderer-has-no-node-core',
      comment: 'As renderer-has-no-node, for built-ins by any spelling.',
      severity: 'error',
      from: { path: '^src-renderer/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'features-do-not-meet',
      comment:
        'A feature that needs another one hides a missing word in src-shared, node/ or ui/. The shell (app/) puts them side by side.',
      severity: 'error',
      from: { path: '^src-renderer/features/([^/]+)/' },
      to: { path: '^src-renderer/features/', pathNot: '^src-renderer/features/$1/' },
    },
    {
      name: 'ui-has-no-product',
      comment: 'Primitives know no node and no feature, or they are not primitives.',
      severity: 'error',
      from: { path: '^src-renderer/ui/' },
      to: { path: '^src-renderer/(app|node|features)/' },
    },
    {
      name: 'toasts-by-tell',
      comment:
        'What is said in passing stays for as long as it takes to read, in our colours, with a name on its way out: `tell` in ui/ sees to it.',
      severity: 'error',
      from: { path: '^src-renderer/', pathNot: '^src-renderer/(ui/tell|app/app|main)[.]tsx$' },
      to: { path: 'node_modules/@mantine/notifications/' },
    },
    {
      name: 'main-never-imports-renderer',
      comment: 'The node runs headless; what it needs of the window it does not need.',
      severity: 'error',
      from: { path: '^src-(main|shared)/' },
      to: { path: '^src-renderer/' },
    },
    {
      name: 'core-is-pure',
      comment:
        'Who is allowed, who answers, and when, are decided without looking at the world: time, randomness and every effect are arguments.',
      severity: 'error',
      from: { path: pure, pathNot: test },
      to: { pathNot: [pure, '^src-shared/', 'node_modules/zod/'] },
    },
    {
      name: 'edges-do-not-meet',
      comment: 'Edges implement ports and are wired by node.ts. Two that know each other can no longer be replaced or tested alone.',
      severity: 'error',
      from: { path: '^src-main/(network|engine|hardware|store|api|desktop)/' },
      to: { path: edge, pathNot: '^src-main/$1/' },
    },
    {
      name: 'nobody-imports-the-root',
      comment: 'The object that everyone may call is how good codebases rot. Only entries (main, cli, utility) and tests see node.ts.',
      severity: 'error',
      from: { path: '^src-', pathNot: [test, root, '^src-main/cli/'] },
      to: { path: [root, '^src-main/cli/'] },
    },
    {
      name: 'electron-only-in-desktop',
      comment:
        'Everything else runs on a machine without a screen. (scripts/default-app is what the stand-in runtime lacks of Electron itself.)',
      severity: 'error',
      from: { path: '^(src-|scripts/|test/)', pathNot: ['^src-main/desktop/', '^src-main/(main|preload)[.]ts$', '^scripts/default-app/'] },
      to: { path: ['^electron($|/)', 'node_modules/(electron|electron-store)/'] },
    },
    {
      name: 'libp2p-only-in-network',
      comment: 'The wire has one owner; its types do not leak into decisions. Tests may play the stranger with a stock libp2p.',
      severity: 'error',
      from: { path: '^src-', pathNot: '^src-main/network/' },
      to: {
        path: [
          'node_modules/(libp2p|@libp2p|@chainsafe|@multiformats|multiformats|multicast-dns|dns-packet)/',
          '^(libp2p|@libp2p|@chainsafe|@multiformats)',
        ],
      },
    },
    {
      name: 'processes-only-in-engine-and-hardware',
      comment: 'A child process is supervised, bounded and ended by the room that knows it, or it becomes an orphan.',
      severity: 'error',
      from: { path: '^src-', pathNot: ['^src-main/(engine|hardware)/', test] },
      to: { path: '^(node:)?(child_process|cluster)$' },
    },
    {
      name: 'headless-never-loads-electron',
      comment: '`axon serve` runs on plain Node, on a machine that has no Electron: nothing it reaches, however far, may import it.',
      severity: 'error',
      from: { path: '^src-main/(cli|node|real-node|utility)[.]ts$' },
      to: { path: ['^electron($|/)', 'node_modules/(electron|electron-store)/', '^src-main/desktop/'], reachable: true },
    },
    {
      name: 'peers-never-reach-control',
      comment: "Only nodes talk to nodes, and only about chat and offers. A wire that knows the owner's contract will one day serve it.",
      severity: 'error',
      from: { path: '^src-main/network/' },
      to: { path: '^(src-shared/(control|desktop)[.]ts|node_modules/@orpc/)' },
    },
    {
      name: 'source-never-imports-tests',
      comment: 'What ships must stand without what proves it.',
      severity: 'error',
      from: { path: '^(src-|scripts/)', pathNot: test },
      to: { path: ['^test/', test] },
    },
    {
      name: 'setup-needs-nothing',
      comment:
        'These run on a fresh clone before `npm ci`: whatever they import must come with Node or be one of them. What needs packages is imported dynamically, after setup.',
      severity: 'error',
      from: { path: '^scripts/(setup|start|test|debian-packages|tasks)[.]mjs$' },
      to: { path: ['node_modules/', '^scripts/', '^src-'], pathNot: '^scripts/(setup|debian-packages|tasks)[.]mjs$', dynamic: false },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist|reports|[.]cache)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.css', '.d.ts'],
    },
    builtInModules: { add: ['electron'] },
  },
};
