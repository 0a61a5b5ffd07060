#!/usr/bin/env node
// The headless entry: `axon serve`, `axon ask` and the rest. Only wires the terminal to the commands; never reaches Electron.
import './cli/quiet.ts';
import { terminal } from './cli/terminal.ts';
import { run } from './cli/program.ts';

const io = terminal();
const code = await run(process.argv.slice(2), io);
await io.drained();
// libp2p's timers and an engine that is just ending would keep the process; everything of ours is closed by now.
process.exit(code);
