// Runs the port suites; with --ollama-url against a real Ollama too: npm run ports -- --ollama-url http://127.0.0.1:11434 [--model NAME]
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const usage = 'usage: npm run ports -- [--ollama-url URL] [--model NAME] [FILTER...]\n';

let parsed;
try {
  parsed = parseArgs({
    options: { 'ollama-url': { type: 'string' }, model: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
} catch (error) {
  process.stderr.write(`${error.message}\n${usage}`);
  process.exit(2);
}
const { values, positionals } = parsed;
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}

const url = values['ollama-url'];
const env = {
  ...process.env,
  ...(url === undefined ? {} : { AXON_OLLAMA_URL: url }),
  ...(values.model === undefined ? {} : { AXON_OLLAMA_MODEL: values.model }),
};
const filters = positionals.length > 0 ? positionals : url === undefined ? [] : ['test/ports/engine-ollama.test.ts'];
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
// npm puts Node 24 first on PATH; started by hand, the running Node will do.
const child = spawn(process.execPath, [vitest, 'run', '--config', '.config/vitest.config.ts', '--project', 'ports', ...filters], {
  cwd: root,
  env,
  stdio: 'inherit',
});
child.on('error', (error) => {
  process.stderr.write(`ports: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
