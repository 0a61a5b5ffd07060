// Fetches one file until it is killed: node fetching-child.ts URL FOLDER
import process from 'node:process';
import { fetchFile } from '../../src-main/engine/fetch-file.ts';
import { realClock } from '../../src-main/real-node.ts';

const [url = '', folder = ''] = process.argv.slice(2);
const reach = { url: () => true, ip: () => true };
const signal = new AbortController().signal;
for await (const { receivedBytes } of fetchFile(
  { engine: 'embedded', url },
  { folder, clock: realClock, patienceMs: 60_000, reach },
  signal,
))
  process.stdout.write(`${receivedBytes}\n`);
