/**
 * Forgets what was set first until no more than `most` are left, so that nothing grows with what others send. An entry that is set again
 * keeps its place: whoever is to count as the newest is deleted before.
 */
export function dropOldest<Key>(entries: Map<Key, unknown> | Set<Key>, most: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(key);
  }
}
