// The versions below which something is known to be vulnerable: minimum-versions.json, one table for the build and for the running node.
// An entry has one of: engine (compared while it runs), package (compared with the lockfile), library (must not be shipped at all).
// A package without a minimum must not be there in any version. A CVE without `fixed` is fixed by the entry's minimum at the latest.
import type { EngineKind, Vulnerability } from './engine.ts';
import entries from './minimum-versions.json' with { type: 'json' };

export type Cve = {
  id: string;
  /** First version that has it. */
  from?: string | undefined;
  /** First version without it. */
  fixed?: string | undefined;
  fixedBuild?: number | undefined;
};

export type MinimumVersion = {
  component: string;
  engine?: string | undefined;
  package?: string | undefined;
  library?: string | undefined;
  minimum?: string | undefined;
  /** llama.cpp counted builds (b8146) before it numbered releases; every numbered release is younger than any counted one here. */
  minimumBuild?: number | undefined;
  /** What the worst of it means, for people. */
  sentence: string;
  cves: Cve[];
};

export const minimumVersions: readonly MinimumVersion[] = entries;

/** A version as numbers; null: it cannot be told. "0.0.0" is what a build from source calls itself. */
type Told = { release: [number, number, number]; before: boolean } | { build: number } | null;

export function toldVersion(text: string): Told {
  const build = /^b(\d{1,7})$/.exec(text);
  if (build !== null) return { build: Number(build[1]) };
  const release = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(-[0-9A-Za-z.-]{1,40})?(\+[0-9A-Za-z.-]{1,40})?$/.exec(text);
  if (release === null) return null;
  const numbers: [number, number, number] = [Number(release[1]), Number(release[2]), Number(release[3])];
  // "-0-g1a2b3c" is how git names the commits after a release; any other suffix names what came before it
  const before = release[4] !== undefined && !/^-\d+-g[0-9a-f]+$/.test(release[4]);
  return numbers.every((number) => number === 0) ? null : { release: numbers, before };
}

/** Whether `version` is older than `minimum`; undefined: it cannot be told. A candidate (0.35.0-rc1) is older than its release. */
export function isOlder(version: string, minimum: { release?: string | undefined; build?: number | undefined }): boolean | undefined {
  const told = toldVersion(version);
  if (told === null) return undefined;
  if ('build' in told) return minimum.build === undefined ? undefined : told.build < minimum.build;
  // fixed before releases had numbers
  if (minimum.release === undefined) return minimum.build === undefined ? undefined : false;
  const wanted = toldVersion(minimum.release);
  if (wanted === null || 'build' in wanted) return undefined;
  for (const [place, number] of told.release.entries()) {
    const least = wanted.release[place] ?? 0;
    if (number !== least) return number < least;
  }
  return told.before && !wanted.before;
}

/**
 * What is known against this engine in this version; null: nothing.
 * @param version as the engine's facts have it; undefined: the engine has not been reached yet
 */
export function vulnerabilityOf(engine: EngineKind, version: string | undefined): Vulnerability | null {
  const entry = minimumVersions.find((one) => one.engine === engine);
  if (entry?.minimum === undefined || version === undefined) return null;
  const own = engine === 'embedded' ? (/llama\.cpp (\S+)/.exec(version)?.[1] ?? version) : version;
  const older = isOlder(own, { release: entry.minimum, build: entry.minimumBuild });
  if (older === false) return null;
  const cves = older === undefined ? [] : entry.cves.filter((cve) => concerns(cve, own, entry)).map(({ id }) => id);
  return { component: entry.component, version: own.slice(0, 100), minimum: entry.minimum, cves };
}

function concerns(cve: Cve, version: string, { minimum, minimumBuild }: MinimumVersion): boolean {
  const known = cve.fixed !== undefined || cve.fixedBuild !== undefined;
  const fixed = known ? { release: cve.fixed, build: cve.fixedBuild } : { release: minimum, build: minimumBuild };
  return isOlder(version, fixed) === true && (cve.from === undefined || isOlder(version, { release: cve.from }) === false);
}
