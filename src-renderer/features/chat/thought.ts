/** What a model thought, and what it says. */
export type Thought = { thinking: string; text: string };

const opening = /^\s*<think(?:ing)?>\s*/;
const closing = /\s*<\/think(?:ing)?>\s*/;

/**
 * An answer's thinking and its text. Some engines tell them apart; others leave the thinking in the text, between <think> and </think> at
 * its beginning. While that grows without its end, there is no text yet.
 */
export function thoughtOf(content: string, thinking: string): Thought {
  const opened = opening.exec(content);
  if (opened === null) return { thinking, text: content };
  const rest = content.slice(opened[0].length);
  const closed = closing.exec(rest);
  const [within, text] = closed === null ? [rest, ''] : [rest.slice(0, closed.index), rest.slice(closed.index + closed[0].length)];
  return { thinking: thinking === '' ? within : `${thinking}\n\n${within}`, text };
}
