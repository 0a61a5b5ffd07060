import { describe, expect, test } from 'vitest';
import { isOlder, minimumVersions, toldVersion, vulnerabilityOf } from './minimum-versions.ts';

describe('an engine', () => {
  test.each([
    ['0.35.0', null],
    ['v0.35.0', null],
    ['0.40.5', null],
    ['1.0.0', null],
    ['0.35.0+cuda', null],
    ['0.35.0-3-g1a2b3c4', null],
    ['0.34.2', ['CVE-2026-103663', 'CVE-2026-5530', 'CVE-2026-42248', 'CVE-2026-42249']],
    ['0.35.0-rc1', ['CVE-2026-103663', 'CVE-2026-5530', 'CVE-2026-42248', 'CVE-2026-42249']],
    ['0.34.1', ['CVE-2026-5530', 'CVE-2026-42248', 'CVE-2026-42249']],
    ['0.17.1', ['CVE-2026-5530', 'CVE-2026-42248', 'CVE-2026-42249']],
    ['0.17.0', ['CVE-2026-5530', 'CVE-2026-42248', 'CVE-2026-42249', 'CVE-2026-7482']],
    ['0.9.6', ['CVE-2026-5530', 'CVE-2026-42248', 'CVE-2026-42249', 'CVE-2026-7482', 'CVE-2025-51471', 'CVE-2025-63389']],
    // it cannot be told: not trusted, and nothing is claimed that nobody knows
    ['0.0.0', []],
    ['', []],
    ['latest', []],
    ['0.35', []],
    ['99', []],
    ['0.35.0; rm -rf', []],
    ['b99999', []],
    ['<img src=x>', []],
  ])('Ollama %j', (version, cves) => {
    const found = vulnerabilityOf('ollama', version);
    expect(found).toEqual(cves === null ? null : { component: 'Ollama', version, minimum: '0.35.0', cves });
  });

  test.each([
    ['node-llama-cpp 3.22.1, llama.cpp v0.5.0', null],
    ['node-llama-cpp 3.22.1, llama.cpp b11864', null],
    ['node-llama-cpp 3.22.1, llama.cpp b8146', null],
    ['node-llama-cpp 3.15.0, llama.cpp b8145', ['CVE-2026-27940', 'CVE-2025-53630']],
    ['node-llama-cpp 3.7.0, llama.cpp b5661', ['CVE-2026-27940', 'CVE-2025-53630', 'CVE-2025-52566', 'CVE-2025-49847']],
    ['node-llama-cpp 3.22.1, llama.cpp v0.2.9', []],
    ['node-llama-cpp 3.22.1, llama.cpp unknown', []],
  ])('%s', (version, cves) => {
    expect(vulnerabilityOf('embedded', version)?.cves ?? null).toEqual(cves);
  });

  test('that was not reached yet, and one that is no program, have nothing against them', () => {
    expect(vulnerabilityOf('ollama', undefined)).toBeNull();
    expect(vulnerabilityOf('fake', '0.0.1')).toBeNull();
  });
});

test('versions compare by their numbers, not by their letters', () => {
  expect(isOlder('0.9.0', { release: '0.35.0' })).toBe(true);
  expect(isOlder('0.100.0', { release: '0.35.0' })).toBe(false);
  expect(isOlder('1.0.0', { release: '0.35.1' })).toBe(false);
  expect(isOlder('0.35.0-rc2', { release: '0.35.0-rc1' })).toBe(false);
  expect(isOlder('0.35.0', { build: 8146 })).toBe(false);
  expect(isOlder('b8145', { release: '0.35.0' })).toBeUndefined();
  expect(isOlder('0.35.0', {})).toBeUndefined();
  expect(isOlder('0.35.0', { release: 'b5' })).toBeUndefined();
  expect(toldVersion('9'.repeat(400))).toBeNull();
});

test('every entry says what it is about, and can be read', () => {
  for (const { component, engine, package: npm, library, minimum, cves, sentence } of minimumVersions) {
    expect(
      [engine, npm, library].filter((one) => one !== undefined),
      component,
    ).toHaveLength(1);
    expect(sentence).not.toBe('');
    expect(cves.length).toBeGreaterThan(0);
    for (const { id, from, fixed } of cves) {
      expect(id).toMatch(/^CVE-20\d\d-\d{4,6}$/);
      for (const version of [from, fixed]) if (version !== undefined) expect(toldVersion(version), id).not.toBeNull();
    }
    if (minimum !== undefined) expect(toldVersion(minimum), component).not.toBeNull();
    if (engine !== undefined) expect(minimum, component).toBeDefined();
  }
});
