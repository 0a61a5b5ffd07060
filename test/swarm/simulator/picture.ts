// The load over time: blocks for a terminal, and a heat map as SVG.
import type { Figures } from './figures.ts';
import { mean } from './figures.ts';
import type { Result, Sample } from './simulate.ts';

const blocks = ' ▁▂▃▄▅▆▇█';
const columns = 72;
const rows = 16;

/** Share of the slots that are taken, in one column of time; null: the machines were off or asleep. */
type Cell = number | null;

function slices({ samples }: Result, count: number): Sample[][] {
  const width = Math.max(1, samples.length / count);
  return Array.from({ length: Math.min(count, samples.length) }, (_, index) =>
    samples.slice(Math.floor(index * width), Math.max(Math.floor(index * width) + 1, Math.floor((index + 1) * width))),
  );
}

function cell({ scenario }: Result, slice: readonly Sample[], machines: readonly number[]): Cell {
  const values = slice.flatMap(({ state, running }) =>
    machines.flatMap((index) => (state[index] === 'up' ? [(running[index] ?? 0) / (scenario.machines[index]?.engine?.slots ?? 1)] : [])),
  );
  return values.length === 0 ? null : mean(values);
}

/** Machines that were asked anything, the busiest first. */
function leaders({ scenario }: Result, figures: Figures): number[] {
  const indexes = scenario.machines.flatMap((_, index) => ((figures.machines[index]?.answers ?? 0) > 0 ? [index] : []));
  return indexes.toSorted((a, b) => (figures.machines[b]?.busy ?? 0) - (figures.machines[a]?.busy ?? 0) || a - b);
}

/** A line for each; with too many of them the last line is for the rest, which had the least to do. */
function groups(indexes: readonly number[], count: number): number[][] {
  const alone = indexes.length > count ? count - 1 : indexes.length;
  const rest = indexes.slice(alone);
  return [...indexes.slice(0, alone).map((index) => [index]), ...(rest.length > 0 ? [rest] : [])];
}

function nameOf({ scenario }: Result, group: readonly number[]): string {
  return group.length === 1 ? (scenario.machines[group[0] ?? 0]?.name ?? '') : `${group.length} more`;
}

/** Whole and half minutes, at most nine of them. */
function ticksOf(minutes: number): number[] {
  const steps = [0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 240];
  const step = steps.find((one) => minutes / one <= 8) ?? Math.ceil(minutes / 8);
  return Array.from({ length: Math.floor(minutes / step) + 1 }, (_, index) => index * step);
}

/** One line for each leader or group of leaders; · is a time when it was away. */
export function terminalPicture(result: Result, figures: Figures): string {
  const times = slices(result, columns);
  const lines = groups(leaders(result, figures), rows).map((group) => {
    const cells = times.map((slice) => cell(result, slice, group));
    const bar = cells.map((share) => (share === null ? '·' : (blocks[Math.min(8, Math.ceil(share * 8))] ?? '█'))).join('');
    return `${nameOf(result, group).padStart(13)} │${bar}│ ${Math.round(mean(cells.map((share) => share ?? 0)) * 100)} %`;
  });
  const waiting = times.map((slice) => mean(slice.map((sample) => sample.waiting.reduce((sum, count) => sum + count, 0))));
  const most = Math.max(1, ...waiting);
  const line = waiting.map((count) => blocks[Math.ceil((count / most) * 8)] ?? ' ').join('');
  const minutes = `${Math.round((result.samples.at(-1)?.at ?? 0) / 60_000)} min`;
  return [
    ...lines,
    `${'in line'.padStart(13)} │${line}│ at most ${most.toFixed(1)}`,
    `${''.padStart(13)}  0${minutes.padStart(times.length - 1)}`,
    '              slots taken over time, the busiest first; · away',
  ].join('\n');
}

const svg = { left: 96, width: 900, top: 56, chart: 120, gap: 28 };

/** A heat map of the leaders over time, and below it how many answers are written and wait. */
export function svgPicture(result: Result, figures: Figures): string {
  const order = groups(leaders(result, figures), 40);
  const times = slices(result, 240);
  const row = Math.max(4, Math.min(18, Math.floor(480 / order.length)));
  const step = svg.width / times.length;
  const number = (value: number): string => value.toFixed(1);
  const cells = order.flatMap((group, line) =>
    times.map((slice, column) => {
      const share = cell(result, slice, group);
      // one hue from light to dark; away is hatched grey
      const fill = share === null ? '#d9d9d6' : `hsl(212 62% ${number(96 - Math.min(1, share) * 62)}%)`;
      return `<rect x="${number(svg.left + column * step)}" y="${svg.top + line * row}" width="${number(step + 0.3)}" height="${row - 1}" fill="${fill}"/>`;
    }),
  );
  const names = order.map((group, line) => {
    const label = nameOf(result, group);
    return row < 9 && line % 3 !== 0 && group.length === 1
      ? ''
      : `<text x="${svg.left - 8}" y="${svg.top + line * row + row / 2 + 3}" text-anchor="end">${label}</text>`;
  });
  const below = svg.top + order.length * row + svg.gap;
  const sums = (what: 'running' | 'waiting'): number[] =>
    times.map((slice) => mean(slice.map((sample) => sample[what].reduce((sum, count) => sum + count, 0))));
  const [running, waiting] = [sums('running'), sums('waiting')];
  const most = Math.max(1, ...running, ...waiting);
  const path = (values: readonly number[]): string =>
    values
      .map(
        (value, column) =>
          `${column === 0 ? 'M' : 'L'}${number(svg.left + column * step)} ${number(below + svg.chart * (1 - value / most))}`,
      )
      .join('');
  const wholeMs = result.samples.at(-1)?.at ?? 1;
  const xOf = (at: number): string => number(svg.left + Math.min(1, at / wholeMs) * svg.width);
  const ticks = ticksOf(wholeMs / 60_000).map((minute) => {
    const x = xOf(minute * 60_000);
    return `<line x1="${x}" y1="${svg.top}" x2="${x}" y2="${below + svg.chart}" stroke="#0002"/><text x="${x}" y="${below + svg.chart + 16}" text-anchor="middle">${minute} min</text>`;
  });
  const faults = result.scenario.faults.map(({ at }) => {
    const x = xOf(at);
    return `<line x1="${x}" y1="${below + svg.chart - 5}" x2="${x}" y2="${below + svg.chart}" stroke="#9b2c2c"/>`;
  });
  const { seed, machines } = result.scenario;
  const title = `${machines.length} machines, seed ${seed}: ${figures.answers} answers, ${figures.moved} moved, ${figures.resumed} resumed`;
  const height = below + svg.chart + 30;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${svg.left + svg.width + 24} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="#333">`,
    `<rect width="100%" height="100%" fill="#fff"/><text x="${svg.left}" y="22" font-size="15">${title}</text>`,
    `<text x="${svg.left}" y="42">share of each leader's slots that is taken (light: none, dark: all, grey: away), the busiest first</text>`,
    ...cells,
    ...names,
    ...ticks,
    ...faults,
    `<path d="${path(running)}" fill="none" stroke="#2b6cb0" stroke-width="1.5"/><path d="${path(waiting)}" fill="none" stroke="#c05621" stroke-width="1.5"/>`,
    `<text x="${svg.left - 8}" y="${below + 10}" text-anchor="end">${number(most)}</text><text x="${svg.left - 8}" y="${below + svg.chart}" text-anchor="end">0</text>`,
    `<text x="${svg.left + 6}" y="${below - 6}" fill="#2b6cb0">answers being written</text><text x="${svg.left + 136}" y="${below - 6}" fill="#c05621">waiting in line</text><text x="${svg.left + 226}" y="${below - 6}" fill="#9b2c2c">| a fault begins</text>`,
    '</svg>',
  ].join('\n');
}
