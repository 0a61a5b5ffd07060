// Runs the port suites; with --ollama-url against a real Ollama too: npm run ports -- --ollama-url http://127.0.0.1:11434 [--model NAME]
// and with --openai-url against a real LM Studio, llama-server or other server with that API; AXON_OPENAI_KEY is its key.
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const usage = 'usage: npm run ports -- [--ollama-url URL | --openai-url URL] [--model NAME] [FILTER...]\n';

let parsed;
try {
  parsed = parseArgs({
    options: { 'ollama-url': { type: 'string' }, 'openai-url': { type: 'string' }, model: { type: 'string' }, help: { type: 'boolean' } },
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

const { 'ollama-url': ollama, 'openai-url': openai } = values;
const env = {
  ...process.env,
  ...(ollama === undefined ? {} : { AXON_OLLAMA_URL: ollama }),
  ...(openai === undefined ? {} : { AXON_OPENAI_URL: openai }),
  ...(values.model === undefined ? {} : { AXON_OLLAMA_MODEL: values.model, AXON_OPENAI_MODEL: values.model }),
};
const filters =
  positionals.length > 0
    ? positionals
    : [
        ...(ollama === undefined ? [] : ['test/ports/engine-ollama.test.ts']),
        ...(openai === undefined ? [] : ['test/ports/engine-openai.test.ts']),
      ];
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
