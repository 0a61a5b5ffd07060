// `npm run mutation [-- ROOM]`: faults planted by Stryker in what decides who gets in; the share that some unit test notices goes to
// reports/mutation.json, one row per file and one per room. Exits 1 when a room is below its goal. Rooms: membership, api.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bin, environment, filesUnder, root, run, say } from './tasks.mjs';

const goal = 85;
const rooms = {
  membership: () =>
    filesUnder(['src-main/membership'], ['.ts']).filter((file) => !file.endsWith('.test.ts') && !file.endsWith('/ports.ts')),
  api: () => ['src-main/api/guard.ts', 'src-main/api/tokens.ts'],
};

const report = path.join(root, 'reports/mutation.json');
const details = path.join(root, 'reports/mutation-details.json');

/** {name, value, unit, limit, ok, note} as test/report.ts writes them. Mutants that do not even start say nothing about the tests. */
function rowOf(name, mutants) {
  const noticed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  const missed = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage').length;
  const value = noticed + missed === 0 ? 0 : Number(((100 * noticed) / (noticed + missed)).toPrecision(4));
  return {
    name: `mutation score: ${name}`,
    value,
    unit: '%',
    limit: goal,
    ok: value >= goal,
    note: `${missed} of ${noticed + missed} survive`,
  };
}

async function mutate(room) {
  const files = rooms[room]();
  if (files.length === 0) {
    say(`${room}: nothing to mutate`);
    return [];
  }
  const args = [bin('@stryker-mutator/core', 'stryker'), 'run', '.config/stryker.config.mjs', '--mutate', files.join(',')];
  const { code } = await run(process.execPath, args, { show: true, env: environment({ AXON_MUTATION: room }) });
  if (code !== 0) throw new Error(`Stryker ended with ${code}`);
  const found = JSON.parse(readFileSync(details, 'utf8')).files;
  const each = Object.entries(found).map(([file, { mutants }]) => rowOf(file, mutants));
  return [
    rowOf(
      `${room}/`,
      Object.values(found).flatMap(({ mutants }) => mutants),
    ),
    ...each,
  ];
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = wanted.filter((room) => !(room in rooms));
if (unknown.length > 0) {
  say(`no such room: ${unknown.join(', ')}; there are ${Object.keys(rooms).join(', ')}`);
  process.exit(2);
}
const rows = [];
for (const room of wanted.length > 0 ? wanted : Object.keys(rooms)) rows.push(...(await mutate(room)));
const before = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : [];
const merged = new Map([...before, ...rows].map((row) => [row.name, row]));
mkdirSync(path.dirname(report), { recursive: true });
writeFileSync(report, `${JSON.stringify([...merged.values()], null, 2)}\n`);
for (const { name, value, ok, note } of rows) say(`${ok ? 'ok  ' : 'MISS'} ${name}: ${value} % (goal ${goal}; ${note})`);
// a room passes as a whole: a file of three lines is no measure
process.exit(rows.some(({ name, ok }) => name.endsWith('/') && !ok) ? 1 : 0);
