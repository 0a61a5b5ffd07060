// Addresses that an answer or a page in the window's place may try, each with what may come of it. One table for every door.

export type Address = {
  text: string;
  /** What is opened when the text itself is handed to the door; null: nothing. */
  opens: string | null;
  /** What is opened when a browser has parsed the text first, where that differs: it mends what is refused as text. */
  followed?: string | null;
};

const same = (...texts: string[]): Address[] => texts.map((text) => ({ text, opens: text }));
const never = (...texts: string[]): Address[] => texts.map((text) => ({ text, opens: null }));
/** Refused as written, harmless once it is parsed. */
const mended = (text: string, followed: string): Address => ({ text, opens: null, followed });

const fine: Address[] = [
  ...same(
    'https://example.org/',
    'http://example.org/path?q=1&r=%20#part',
    'https://example.org:8443/a%2Fb',
    'http://192.168.1.4:8080/',
    'http://[2001:db8::1]/',
    'mailto:someone@example.org',
    'mailto:someone@example.org?subject=Hello&body=two%0Alines',
    `https://example.org/${'a'.repeat(1900)}`,
  ),
  { text: 'https://Example.ORG/a b', opens: 'https://example.org/a%20b' },
  { text: 'HTTPS://EXAMPLE.ORG', opens: 'https://example.org/' },
  { text: 'https://example.org/../../x', opens: 'https://example.org/x' },
  // A Cyrillic a: shown and opened as what it is.
  { text: 'https://\u0430pple.example/', opens: 'https://xn--pple-43d.example/' },
  { text: 'https://example.org/%E2%80%AEgnp.exe', opens: 'https://example.org/%E2%80%AEgnp.exe' },
  { text: 'http://0x7f.1/', opens: 'http://127.0.0.1/' },
];

const otherSchemes = never(
  'javascript:void(globalThis.ran=1)',
  'JaVaScRiPt:void(globalThis.ran=1)',
  'javascript://example.org/%0Avoid(globalThis.ran=1)',
  'data:text/html,<script>globalThis.ran=1</script>',
  'data:image/svg+xml,<svg onload="ran=1"/>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'file://server/share/run.exe',
  'FILE:///C:/Windows/System32/calc.exe',
  'smb://server/share',
  'ftp://example.org/run.exe',
  'sftp://example.org/',
  'ssh://example.org/',
  'telnet://example.org/',
  'ldap://example.org/',
  'dav://example.org/',
  'ms-msdt:/id PCWDiagnostic',
  'ms-officecmd:{"x":1}',
  'search-ms:query=x&crumb=location:%5C%5Cevil.test',
  'ms-appinstaller:?source=http://evil.test/x',
  'shell:startup',
  'jar:http://evil.test/x!/',
  'vscode://evil.test/x',
  'intent://evil.test/#Intent;scheme=http;end',
  'tel:+123',
  'steam://run/1',
  'blob:https://example.org/1',
  'filesystem:https://example.org/x',
  'view-source:https://example.org/',
  'chrome://settings',
  'devtools://devtools/bundled/inspector.html',
  'about:blank',
  'app://axon/index.html?x',
  'app://other/index.html',
  'axon://join/x',
  'ws://example.org/',
  'urn:isbn:1',
  'x-apple.systempreferences:',
  'itms-services://?action=download-manifest',
);

const tricks: Address[] = [
  ...never(
    'https://bank.example@evil.test/',
    'https://user:secret@evil.test/',
    'https://bank.example%2Flogin@evil.test/',
    'https://:secret@evil.test/',
    '\\\\server\\share',
    '//server/share',
    '/etc/passwd',
    'C:\\Windows\\System32\\calc.exe',
    'not an address',
    '',
    'https://',
    'http://exa mple.org/',
    'https://example.org:99999/',
    `https://example.org/${'a'.repeat(2000)}`,
    // Short as text, 3,000 characters once the spaces are written out.
    `https://example.org/${' '.repeat(999)}x`,
    'mailto:someone@example.org?attach=/etc/passwd',
    'mailto:someone@example.org?subject=x&attachment=/etc/passwd',
    'mailto:someone@example.org%0d%0aBcc:other@evil.test',
    'mailto:"someone" --attach /etc/passwd @example.org',
    'mailto:-attach@example.org',
    'mailto://server/share',
  ),
  mended('https://@evil.test/', 'https://evil.test/'),
  mended('https:example.org/', 'https://example.org/'),
  mended('https:\\\\example.org\\x', 'https://example.org/x'),
  mended('https:///example.org/', 'https://example.org/'),
  mended('https://example.org\\@evil.test/', 'https://example.org/@evil.test/'),
  mended(' https://example.org/', 'https://example.org/'),
  mended('https://example.org/ \n', 'https://example.org/'),
  mended('https://exa\tmple.org/', 'https://example.org/'),
  mended('ht\ntps://example.org/', 'https://example.org/'),
  mended('https://example.org/\u0007', 'https://example.org/'),
  mended('https://example.org/\u001b[2Jx', 'https://example.org/%1B[2Jx'),
  mended('https://example.org/\u202egnp.exe', 'https://example.org/%E2%80%AEgnp.exe'),
  mended('https://exam\u200bple.org/', 'https://example.org/'),
  mended('https://example.org/\u2066x\u2069', 'https://example.org/%E2%81%A6x%E2%81%A9'),
];

export const addresses: readonly Address[] = [...fine, ...otherSchemes, ...tricks];

/** What is opened once a browser has parsed the address. */
export function afterParsing({ opens, followed }: Address): string | null {
  return followed === undefined ? opens : followed;
}
