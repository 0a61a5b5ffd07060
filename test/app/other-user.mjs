// Runs as another user of this machine: what of the home and of the door is open to it? Prints JSON.
import { accessSync, constants, readFileSync, readdirSync, writeFileSync } from 'node:fs';

const { home, files, pids, port } = JSON.parse(process.argv[2] ?? '{}');
const got = [];
const attempt = (name, run) => {
  try {
    run();
    got.push(name);
  } catch {}
};
attempt('list home', () => readdirSync(home));
attempt('enter home', () => accessSync(home, constants.X_OK));
attempt('write home', () => writeFileSync(`${home}/planted`, 'x'));
for (const file of files) {
  attempt(`read ${file}`, () => readFileSync(file));
  attempt(`write ${file}`, () => writeFileSync(file, 'x', { flag: 'r+' }));
}
for (const pid of pids) {
  attempt(`environment of ${pid}`, () => readFileSync(`/proc/${pid}/environ`));
  attempt(`signal ${pid}`, () => process.kill(pid, 0));
}
const json = { 'content-type': 'application/json' };
for (const token of [null, 'x'.repeat(43)]) {
  const headers = token === null ? json : { ...json, authorization: `Bearer ${token}` };
  for (const [method, path, body] of [
    ['POST', '/key', '{}'],
    ['POST', '/secret', '{"kind":"key"}'],
    ['POST', '/window', '{}'],
    ['POST', '/session', '{"token":"x"}'],
    ['GET', '/session'],
    ['GET', '/control'],
  ]) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body });
    if (response.ok) got.push(`${method} ${path} ${response.status}`);
  }
}
process.stdout.write(JSON.stringify({ uid: process.getuid?.(), got }));
