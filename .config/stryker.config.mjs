// Mutation testing of what decides who gets in. Run it by `npm run mutation [-- ROOM]`, which picks the files and writes the scores down.
export default {
  packageManager: 'npm',
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  // the mutated tree runs through Vite as the real one does; nothing is compiled before
  vitest: { configFile: '.config/vitest.mutation.config.ts' },
  coverageAnalysis: 'perTest',
  mutate: [],
  ignorePatterns: ['out', 'dist', 'reports', '.cache', 'test/app', 'src-renderer'],
  reporters: ['json', 'clear-text'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  jsonReporter: { fileName: 'reports/mutation-details.json' },
  tempDirName: '.cache/stryker',
  cleanTempDir: 'always',
  concurrency: 2,
  timeoutMS: 10_000,
  // a fault that the compiler would find is none that the tests need to
  disableTypeChecks: '{src-*,test}/**/*.ts',
};
