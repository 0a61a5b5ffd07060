// What a link in an answer may do. A model's text is somebody else's text: nothing of it may load or open by itself.

/** The longest address that is shown and handed on; the desktop contract refuses longer ones. */
const longestUrl = 2000;

export type LinkVerdict =
  /** May be opened, after the person has seen the whole address. */
  | { kind: 'external'; url: string; host: string }
  /** Drawn as plain text. */
  | { kind: 'inert' };

/**
 * http, https and mailto are external; everything else (javascript:, data:, file:, app:, relative, unparsable) is inert.
 * The address is the parsed one: what is shown is what is opened.
 */
export function judgeLink(href: string | undefined): LinkVerdict {
  if (href === undefined || href.length > longestUrl) return { kind: 'inert' };
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return { kind: 'inert' };
  }
  if (url.href.length > longestUrl) return { kind: 'inert' };
  if (url.protocol === 'mailto:') return { kind: 'external', url: url.href, host: url.pathname };
  if ((url.protocol === 'https:' || url.protocol === 'http:') && url.host !== '')
    return { kind: 'external', url: url.href, host: url.host };
  return { kind: 'inert' };
}
