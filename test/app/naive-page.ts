// The planted fault: a page that draws a model's Markdown as many first versions do, raw HTML and all, with no content policy.

/** A whole document. Images and links by pattern, references looked up, everything else as it came. */
export function naivePage(markdown: string): string {
  const references = new Map<string, string>();
  const body = markdown
    .replace(/^ {0,3}\[([^\]\n]+)\]:[ \t]*<?([^\s>]+)>?.*$/gm, (_line, name: string, address: string) => {
      references.set(name.toLowerCase(), address);
      return '';
    })
    .replace(/!\[([^\]]*)\]\(\s*<?([^\s>)]+)[^)]*\)?/g, (_whole, alt: string, address: string) => image(address, alt))
    .replace(/!\[([^\]]*)\](?:\[([^\]]*)\])?/g, (whole, alt: string, name: string | undefined) => {
      const address = references.get((name === undefined || name === '' ? alt : name).toLowerCase());
      return address === undefined ? whole : image(address, alt);
    })
    .replace(/\[([^\]]*)\]\(\s*<?([^\s>)]+)[^)]*\)/g, (_whole, text: string, address: string) => link(address, text))
    .replace(/\[([^\]]+)\]\[([^\]]*)\]/g, (whole, text: string, name: string) => {
      const address = references.get((name === '' ? text : name).toLowerCase());
      return address === undefined ? whole : link(address, text);
    })
    .replace(/<((?:https?|ftp|wss?|javascript|data|vbscript|file|smb):[^>\s]*)>/gi, (_whole, address: string) => link(address, address))
    .replace(/(^|\s)(https?:\/\/[^\s<]+)/gi, (_whole, before: string, address: string) => before + link(address, address));
  return `<!doctype html><meta charset="utf-8"><title>naive</title><body>${body}</body>`;
}

const image = (address: string, alt: string): string => `<img src="${address}" alt="${alt}">`;
const link = (address: string, text: string): string => `<a href="${address}">${text}</a>`;
