// What a model thought, as Open WebUI leaves it in the text of an answer: blocks of HTML before, and between, what it says.
import { chatLimits } from '../../../src-shared/chat.ts';

const opening = /^[ \t]*<details type="reasoning"(?<facts>[^>]{0,500})>\s{0,20}(?:<summary>[^<]{0,500}<\/summary>)?/gm;
const closing = '</details>';

/**
 * The answer without those blocks, and what stood in them; thoughtMs only where the file says how long it took. A block within code, or
 * without its end, is text. The form is what Open WebUI 0.5 to 0.6 keep: quoted lines, in later versions escaped as HTML.
 */
export function webuiThinking(content: string): { text: string; thinking?: string; thoughtMs?: number } {
  const said: string[] = [];
  const thought: string[] = [];
  let seconds = 0;
  let from = 0;
  // fences of code since then, as far as it was looked
  let looked = 0;
  let fences = 0;
  for (const found of content.matchAll(opening)) {
    if (found.index < from) continue;
    fences += content.slice(looked, found.index).split('```').length - 1;
    looked = found.index;
    if (fences % 2 === 1) continue;
    const start = found.index + found[0].length;
    const end = content.indexOf(closing, start);
    if (end === -1) break;
    said.push(content.slice(from, found.index).trim());
    thought.push(unquoted(content.slice(start, end)));
    seconds += Number(/duration="(?<seconds>\d{1,6})"/.exec(found.groups?.['facts'] ?? '')?.groups?.['seconds'] ?? 0);
    from = end + closing.length;
    looked = from;
    fences = 0;
  }
  if (from === 0) return { text: content };
  const joined = (parts: string[]): string => parts.filter((part) => part !== '').join('\n\n');
  const thinking = joined(thought).slice(0, chatLimits.thinking);
  return {
    text: joined([...said, content.slice(from).trim()]),
    ...(thinking === '' ? {} : { thinking }),
    ...(seconds === 0 ? {} : { thoughtMs: seconds * 1000 }),
  };
}

const signs: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#x27;': "'", '&#39;': "'", '&amp;': '&' };

/** Escaped is all of it, or nothing: then it has signs that would be escaped. */
function unquoted(block: string): string {
  const plain = /[<>]/.test(block) ? block : block.replaceAll(/&(?:lt|gt|quot|amp|#x27|#39);/g, (sign) => signs[sign] ?? sign);
  return plain.trim().replaceAll(/^> ?/gm, '');
}
