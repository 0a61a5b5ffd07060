// Days and times of the owner's hours, as people write them. Pure.

/** Names of the days, by number; 0 is Sunday. */
export function dayNames(language: string): { short: string; long: string }[] {
  const name = (day: number, weekday: 'short' | 'long'): string =>
    // 1 January 2023 was a Sunday.
    new Intl.DateTimeFormat(language, { weekday, timeZone: 'UTC' }).format(Date.UTC(2023, 0, 1 + day));
  return [0, 1, 2, 3, 4, 5, 6].map((day) => ({ short: name(day, 'short'), long: name(day, 'long') }));
}

/** The numbers of the days in the order of a week there: from Sunday in the United States, from Monday in most of Europe. */
export function weekOf(language: string): number[] {
  const first = firstDay(language);
  return Array.from({ length: 7 }, (_, at) => (first + at) % 7);
}

/** Not every browser tells it yet; Monday is ISO's first day. */
function firstDay(language: string): number {
  type Told = Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  const locale: Told = new Intl.Locale(language);
  return (locale.getWeekInfo?.() ?? locale.weekInfo ?? { firstDay: 1 }).firstDay % 7;
}

/** 570 -> "09:30", as a time field has it; the end of the day is its 0:00. */
export function clockOf(minutes: number): string {
  const [hour, minute] = [Math.floor(minutes / 60) % 24, minutes % 60];
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/** "09:30" -> 570; null: an empty or half-typed field */
export function minutesOf(clock: string): number | null {
  const [, hour, minute] = /^(\d\d):(\d\d)/.exec(clock) ?? [];
  return hour === undefined || minute === undefined ? null : Number(hour) * 60 + Number(minute);
}
