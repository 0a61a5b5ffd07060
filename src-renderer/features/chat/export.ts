import type { ControlClient } from '../../node/index.ts';

export type ExportFormat = 'markdown' | 'json';

/** The file of one conversation, or of all of them where `id` is left out. Fails when the node is away or the conversation gone. */
export async function exported(node: ControlClient, what: { id?: string; format: ExportFormat }): Promise<Blob> {
  const pieces: string[] = [];
  for await (const piece of await node.conversations.export(what)) pieces.push(piece);
  return new Blob(pieces, { type: what.format === 'json' ? 'application/json' : 'text/markdown' });
}

/** A name that every file system takes: "Trip to Rome.md" */
export function exportName(title: string, format: ExportFormat): string {
  const plain = title
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    .replaceAll(/[\u0000-\u001f<>:"/\\|?*]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[. ]+|[. ]+$/g, '')
    .slice(0, 80);
  return `${plain === '' ? 'conversation' : plain}.${format === 'json' ? 'json' : 'md'}`;
}
