// Numbers for people. Pure; the language is an argument. Unknown (null, undefined) is the caller's to word: it is never 0.

/** 5_200_000_000 -> "5.2 GB": decimal multiples, as files are counted; no decimals from 10 on. */
export function bytes(value: number, language: string): string {
  return scaled(value, 1000, language);
}

function scaled(value: number, step: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  let amount = value;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= step;
    unit++;
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[unit] ?? 'byte',
    // "38 byte" is what English makes of the short form
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: amount < 10 && unit > 0 ? 1 : 0,
  }).format(amount);
}

/** MiB to words: 24_564 -> "24 GB": binary multiples, as memory is counted. */
export function mebibytes(value: number, language: string): string {
  return scaled(value * 1024 * 1024, 1024, language);
}

/** 640 -> "0.6 s"; 42 -> "42 ms"; 12_300 -> "12 s". The symbols are SI's: the same in every language. */
export function milliseconds(value: number, language: string): string {
  if (value < 100) return `${fixed(Math.max(value, 1), 0, language)}\u00a0ms`;
  return `${fixed(value / 1000, value < 9950 ? 1 : 0, language)}\u00a0s`;
}

/** The way to another machine and back, as networks are measured: 1.8 -> "2 ms"; 142 -> "142 ms"; from a second on as milliseconds does. */
export function latency(value: number, language: string): string {
  return value < 999.5 ? `${fixed(Math.max(value, 1), 0, language)}\u00a0ms` : milliseconds(value, language);
}

/** A wait in round figures, for "about ...": 1_300 -> "1 s"; 17_300 -> "15 s"; 95_000 -> "2 min"; 5_000_000 -> "1.4 h". SI's symbols, as above. */
export function wait(value: number, language: string): string {
  const seconds = Math.max(1, value / 1000);
  if (seconds < 10) return `${fixed(Math.round(seconds), 0, language)}\u00a0s`;
  if (seconds < 57.5) return `${fixed(Math.round(seconds / 5) * 5, 0, language)}\u00a0s`;
  if (seconds < 3570) return `${fixed(Math.round(seconds / 60), 0, language)}\u00a0min`;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: seconds < 36_000 ? 1 : 0 }).format(seconds / 3600)}\u00a0h`;
}

/** How long something has lasted: 40_000 -> "1 minute"; 10_800_000 -> "3 hours"; whole units, the next smaller one is not said. */
export function span(value: number, language: string): string {
  const minutes = Math.max(1, Math.floor(value / 60_000));
  const [amount, unit] =
    minutes < 60 ? [minutes, 'minute'] : minutes < 2880 ? [Math.floor(minutes / 60), 'hour'] : [Math.floor(minutes / 1440), 'day'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
}

/** 0.4 -> "40%" */
export function percent(value: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(value);
}

/** 41.8 -> "42"; 6.24 -> "6.2" */
export function rate(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** "5 minutes ago"; under a minute the shortest unit is the second. */
export function ago(since: number, now: number, language: string): string {
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (seconds < 60) return format.format(-seconds, 'second');
  if (seconds < 3600) return format.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86_400) return format.format(-Math.round(seconds / 3600), 'hour');
  return format.format(-Math.round(seconds / 86_400), 'day');
}

function fixed(value: number, digits: number, language: string): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** 1204 -> "1,204" */
export function count(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

/** Wall clock ms -> "21 Nov, 09:30"; with the year when it is another one. */
export function moment(at: number, now: number, language: string): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
    hour: 'numeric',
    minute: '2-digit',
  }).format(at);
}

/** Wall clock ms -> "15:40"; on another day with the day. */
export function clock(at: number, now: number, language: string): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  if (!sameDay) return moment(at, now, language);
  return new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }).format(at);
}

/** A name that others chose, for a sentence: marked so that its direction of writing stays its own (FSI ... PDI). */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}
