// The words of the command line, from the same files as the window's.
import i18next from 'i18next';
import type { Placement } from '../../src-shared/chat.ts';
import type { FailureCode, FailureShape } from '../../src-shared/failure.ts';
import { plainText } from '../../src-shared/name.ts';
import { english } from '../../src-shared/i18n/index.ts';

type Leaves<T> = T extends string
  ? ''
  : { [Key in keyof T & string]: T[Key] extends string ? Counted<Key> : `${Key}.${Leaves<T[Key]>}` }[keyof T & string];
/** One that says how many has a form for one and for others; the value is called `count`. */
type Counted<Key extends string> = Key extends `${infer Base}_${'one' | 'other'}` ? Base : Key;
export type Word = Leaves<typeof english.cli>;
export type Values = Readonly<Record<string, string | number>>;

const words = i18next.createInstance();
void words.init({
  // its own words are English alone: half a sentence of each would help nobody, and scripts read it
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: english },
  ns: ['cli', 'failures'],
  defaultNS: 'cli',
  // A terminal is no page; control characters are taken out below.
  interpolation: { escapeValue: false },
  initAsync: false,
  returnNull: false,
});

/** Text for people. Values come from other machines too: what could move the cursor or turn the writing around is left out. */
export function say(word: Word, values: Values = {}): string {
  const clean = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? plainText(value) : value]),
  );
  return words.t(word, clean);
}

/** An answer for a terminal: lines and tabs stay, what would command the terminal goes. */
export function harmless(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** What happened and what to do; the command line has words of its own where the window's would not fit. */
export function failureWords(code: FailureCode): { title: string; text: string; fix: string } {
  const own = (kind: 'title' | 'text' | 'fix'): string =>
    words.exists(`${kind}.${code}`) ? words.t(`${kind}.${code}`) : words.t(`${code}.${kind}`, { ns: 'failures' });
  return { title: own('title'), text: own('text'), fix: own('fix') };
}

/** The lines that a failed command leaves on standard error. */
export function failureLines({ code, message }: FailureShape): string {
  const { title, text, fix } = failureWords(code);
  return `${say('failure.line', { title, text })}\n${say('failure.fix', { fix })}\n${say('failure.detail', { code, message })}\n`;
}

/** "12 s", "3 min", "2 h", "5 d" */
export function ageWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return say('age.seconds', { count: seconds });
  if (seconds < 7200) return say('age.minutes', { count: Math.round(seconds / 60) });
  return seconds < 172_800
    ? say('age.hours', { count: Math.round(seconds / 3600) })
    : say('age.days', { count: Math.round(seconds / 86_400) });
}

/** One sentence: who answered, and why it was that one. */
export function whySentence(placement: Placement): string {
  return placed('why', placement);
}

/** The same of an answer that was not asked for. */
export function wouldSentence(placement: Placement): string {
  return placed('would', placement);
}

/** A file's or a model's bytes, as the window says them: decimal multiples, 98_362_432 -> "98 MB", 4_900_000_000 -> "4.9 GB". */
export function sizeWords(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 999.5e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.round(bytes / 1e8) / 10} GB`;
}

/** MiB as people say it: of memory, in binary multiples, as it is sold. */
export function memoryWords(mb: number): string {
  return mb < 1024 ? `${mb} MB` : `${Math.round(mb / 102.4) / 10} GB`;
}

function placed(tense: 'why' | 'would', { leader, model, local, reason, candidates }: Placement): string {
  const values = { name: leader.name, model };
  if (local) return say(`${tense}.local`, values);
  // the chosen one and the best come first, but a stored placement is as old as it is
  const first = candidates.find((row) => row.leader.peerId === leader.peerId);
  const next = candidates.find((row) => row !== first && row.excluded === undefined);
  switch (reason) {
    case 'speed': {
      if (first?.tokensPerSecond == null) return say(`${tense}.speedUnknown`, values);
      const than = next?.tokensPerSecond == null ? '' : say(`${tense}.speedThan`, { rate: Math.round(next.tokensPerSecond) });
      return say(`${tense}.speed`, { ...values, rate: Math.round(first.tokensPerSecond), than });
    }
    case 'wait':
      return next === undefined || next.waiting === 0
        ? say(`${tense}.waitFree`, values)
        : say(`${tense}.wait`, { ...values, waiting: next.waiting });
    case 'latency':
      return first?.latencyMs == null
        ? say(`${tense}.latencyUnknown`, values)
        : say(`${tense}.latency`, { ...values, latency: Math.round(first.latencyMs * 10) / 10 });
    case 'memory':
      return first?.freeMb == null
        ? say(`${tense}.memoryUnknown`, values)
        : say(`${tense}.memory`, { ...values, free: memoryWords(first.freeMb) });
    case 'pinned':
    case 'preferred':
    case 'only-one':
    case 'loaded':
    case 'gpu':
    case 'pressure':
    case 'locality':
    case 'affinity':
    case 'owner':
    case 'name':
      return say(`${tense}.${reason}`, values);
  }
}
