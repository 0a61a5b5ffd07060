import { describe, expect, test } from 'vitest';
import { judgeLink } from './link-policy.ts';

describe('judgeLink', () => {
  test.each(['https://example.org/a?b=c', 'http://192.168.1.4:8080/', 'mailto:someone@example.org'])('%s may be opened', (href) => {
    expect(judgeLink(href)).toMatchObject({ kind: 'external', url: href });
  });

  test.each([
    undefined,
    '',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>1</script>',
    'file:///etc/passwd',
    'app://axon/index.html',
    'vbscript:x',
    '/relative',
    '//host/path',
    '#fragment',
    'https://',
    `https://example.org/${'a'.repeat(2000)}`,
  ])('%s is inert', (href) => {
    expect(judgeLink(href)).toEqual({ kind: 'inert' });
  });

  test('shows what is opened: the parsed address', () => {
    expect(judgeLink('https://Example.org/%41 b')).toMatchObject({ url: 'https://example.org/%41%20b', host: 'example.org' });
  });

  test('a name that hides the host is not offered', () => {
    expect(judgeLink('https://bank.example@evil.example/')).toEqual({ kind: 'inert' });
  });
});
