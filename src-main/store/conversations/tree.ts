// The shape of a conversation: messages hang under one another, and one path from a root to a leaf is the active one.

/** One message's place. `parent` null: it begins the conversation. */
export type TreePlace = { id: string; parent: string | null; role: string };

/**
 * The ids from a root to that message; empty when it is not there. A parent that is missing ends the path there, and so does a circle:
 * both come from damage only.
 */
export function pathTo(places: ReadonlyMap<string, TreePlace>, id: string | null): string[] {
  const path: string[] = [];
  const seen = new Set<string>();
  for (let at = id === null ? undefined : places.get(id); at !== undefined && !seen.has(at.id);) {
    seen.add(at.id);
    path.push(at.id);
    at = at.parent === null ? undefined : places.get(at.parent);
  }
  return path.toReversed();
}

/** Of each message that has other versions: all of them, itself included. @param places in the order in which they were made */
export function siblingsOf(places: Iterable<TreePlace>): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  for (const { id, parent, role } of places) {
    const key = `${role} ${parent ?? ''}`;
    const known = versions.get(key);
    if (known === undefined) versions.set(key, [id]);
    else known.push(id);
  }
  const found = new Map<string, string[]>();
  for (const ids of versions.values()) {
    if (ids.length > 1) for (const id of ids) found.set(id, ids);
  }
  return found;
}

/** The message that was made last at or below that one: always a leaf. @param places in the order in which they were made */
export function latestBelow(places: Iterable<TreePlace>, id: string): string {
  const below = new Set([id]);
  let latest = id;
  for (const place of places) {
    if (place.parent === null || !below.has(place.parent)) continue;
    below.add(place.id);
    latest = place.id;
  }
  return latest;
}
