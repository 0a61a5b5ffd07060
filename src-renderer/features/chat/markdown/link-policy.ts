// What a link in an answer may do. A model's text is somebody else's text: nothing of it may load or open by itself.
import { openableHost, openableUrl } from '../../../../src-shared/openable-url.ts';

export type LinkVerdict =
  /** May be opened, after the person has seen the whole address. */
  | { kind: 'external'; url: string; host: string }
  /** Drawn as plain text. */
  | { kind: 'inert' };

/** By the rule that every door opens by: what is shown is what is opened, and what would be refused there is not offered here. */
export function judgeLink(href: string | undefined): LinkVerdict {
  const url = href === undefined ? null : openableUrl(href);
  return url === null ? { kind: 'inert' } : { kind: 'external', url, host: openableHost(url) };
}
