// Which addresses of an answer, or of anything else that somebody else wrote, may be handed to the system at all. One rule for every
// door: the page shows and offers by it, the main process opens by it.

/** What both processes have and a library without platform types does not name. */
type Parsed = { protocol: string; href: string; username: string; password: string; host: string; hostname: string; pathname: string };
const { URL: Address } = globalThis as unknown as { URL: new (text: string) => Parsed };

/** The longest address, as written and as parsed; Windows cuts or refuses from 2,048 on. */
export const longestUrl = 2000;

/** Characters that are not seen, or that turn the reading order around (Trojan Source, CVE-2021-42574): nobody can judge such an address. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Variation_Selector}]/u;
/** A name or number as the URL standard leaves it; Chromium lets escapes stand in a host that Node refuses. */
const plainHost = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/;
/** In a mail address the parser leaves these as they are, and a mail program gets them on its command line. */
const unsafeInMail = /["'<>`{}|^\\$ ;]|%0[ad0]|%22/i;
/** `attach` and its kin make some mail programs send a file (CVE-2020-11879). */
const mailFields = new Set(['to', 'cc', 'bcc', 'subject', 'body']);

/**
 * The address as it may be opened: parsed, so that what is shown is what is opened. null for anything that could start a program, read a
 * file, hide its host behind a name, or cannot be read by a person. Only http, https and mailto.
 */
export function openableUrl(text: string): string | null {
  if (text.length > longestUrl || unseen.test(text) || text !== text.trim()) return null;
  const url = parse(text);
  if (url === null || url.href.length > longestUrl) return null;
  if (url.protocol === 'mailto:') return isPlainMail(url.href) ? url.href : null;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  // The parser mends "https:host", "https:\\host" and "https:///host"; whoever writes so hides something.
  const authority = /^https?:\/\/([^/\\?#]+)/i.exec(text)?.[1];
  if (authority === undefined || authority.includes('@') || text.includes('\\')) return null;
  return url.username === '' && url.password === '' && plainHost.test(url.hostname) ? url.href : null;
}

/** The host of an openable address, or who a mail goes to. */
export function openableHost(url: string): string {
  const parsed = parse(url);
  if (parsed === null) return '';
  return parsed.protocol === 'mailto:' ? parsed.pathname : parsed.host;
}

function parse(text: string): Parsed | null {
  try {
    return new Address(text);
  } catch {
    return null;
  }
}

function isPlainMail(href: string): boolean {
  const [address = '', query = ''] = href.slice('mailto:'.length).split('?', 2);
  if (unsafeInMail.test(address) || address.startsWith('-') || address.startsWith('/') || href.includes('#')) return false;
  if (address !== '' && !address.includes('@')) return false;
  return (
    query === '' || query.split('&').every((field) => mailFields.has(field.split('=', 1)[0]?.toLowerCase() ?? '') && !/["`\\]/.test(field))
  );
}
