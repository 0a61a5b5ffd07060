import { download } from '../../node/index.ts';
import type { ControlClient } from '../../node/index.ts';
import { exported, exportName } from './export.ts';
import type { ExportFormat } from './export.ts';

/** Into a file of its own, named after it. Fails when the node is away or the conversation gone. */
export async function saveConversation(
  node: ControlClient,
  { id, title }: { id: string; title: string },
  format: ExportFormat,
): Promise<void> {
  download(await exported(node, { id, format }), exportName(title, format));
}
