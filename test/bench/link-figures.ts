// The encrypted link against raw TCP and stock libp2p, in plain Node and in Electron's Node. Medians of interleaved rounds: the machine's other
// load then hits all of them alike, so ratios can be trusted where absolute figures cannot.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import type { Report } from '../report.ts';
import { median, repository } from './figures.ts';

type Kind = 'raw' | 'ours' | 'stock';
type Measured = { mibPerSecond: number; sendCpuMs: number; receiveCpuMs: number };

const kinds: Kind[] = ['raw', 'ours', 'stock'];
const mebibytes = 128;
const rounds = 5;
/** Ours to stock: stock is slowest in Electron, where its cipher is WebAssembly. */
const goals = { Node: 1.4, Electron: 2 } as const;

/** link.ts as one JavaScript file: Electron 33's Node does not strip types. */
async function bundle(): Promise<string> {
  const folder = path.join(repository, '.cache', 'bench');
  await build({
    configFile: false,
    logLevel: 'error',
    root: repository,
    build: {
      ssr: path.join(repository, 'test', 'bench', 'link.ts'),
      outDir: folder,
      target: 'node20',
      emptyOutDir: true,
      rollupOptions: { output: { entryFileNames: 'link.mjs' } },
    },
  });
  return path.join(folder, 'link.mjs');
}

/** null: that round died, which stock pnet does now and then (its WebAssembly memory only grows). */
function measure(program: string, file: string, kind: Kind): Promise<Measured | null> {
  return new Promise((resolve) => {
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const child = spawn(program, [file, kind, String(mebibytes)], { stdio: ['ignore', 'pipe', 'ignore'], env });
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', () => resolve(null));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? (JSON.parse(output) as Measured) : null);
    });
  });
}

/** Adds the link's rows; electron: the program, or undefined when there is none. */
export async function linkFigures(report: Report, electron: string | undefined): Promise<void> {
  const file = await bundle();
  await runtimeFigures(report, 'Node', process.execPath, file);
  if (electron !== undefined && existsSync(electron)) await runtimeFigures(report, 'Electron', electron, file);
  else process.stdout.write('link: no Electron runtime, its rows are missing\n');
}

async function runtimeFigures(report: Report, name: keyof typeof goals, program: string, file: string): Promise<void> {
  const results: Record<Kind, Measured[]> = { raw: [], ours: [], stock: [] };
  let died = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) {
      const measured = await measure(program, file, kind);
      if (measured) results[kind].push(measured);
      else died += 1;
    }
  }
  const speed = (kind: Kind): number => median(results[kind].map(({ mibPerSecond }) => mibPerSecond));
  const cpu = (kind: Kind): number =>
    median(results[kind].map(({ sendCpuMs, receiveCpuMs }) => ((sendCpuMs + receiveCpuMs) * 256) / mebibytes));
  const note = died > 0 ? `${died} rounds died` : '';
  for (const kind of kinds) {
    report.row({ name: `link throughput, ${kind}, ${name}`, value: speed(kind), unit: 'MiB/s', limit: null, note });
    report.row({ name: `link CPU of both ends, ${kind}, ${name}`, value: cpu(kind), unit: 'ms/256 MiB', limit: null });
  }
  report.row({
    name: `link throughput to stock libp2p, ${name}`,
    value: speed('ours') / speed('stock'),
    unit: 'x',
    limit: goals[name],
    direction: 'min',
    note,
  });
}
