/**
 * Returns `next`, but with every part that equals the same part of `previous` replaced by that part: what did not change keeps
 * its identity, so that a selector over the view renders only what it shows. Plain data only (as it comes from a wire).
 */
export function share<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next) as T;
  if (isPlain(previous) && isPlain(next)) return shareObject(previous, next) as T;
  return next;
}

function shareArray(previous: unknown[], next: unknown[]): unknown[] {
  const shared = next.map((item, at) => share(previous[at], item));
  return shared.length === previous.length && shared.every((item, at) => Object.is(item, previous[at])) ? previous : shared;
}

function shareObject(previous: Record<string, unknown>, next: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(next);
  let same = keys.length === Object.keys(previous).length;
  const shared: Record<string, unknown> = {};
  for (const key of keys) {
    const value = share(previous[key], next[key]);
    if (!Object.is(value, previous[key]) || !(key in previous)) same = false;
    shared[key] = value;
  }
  return same ? previous : shared;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
