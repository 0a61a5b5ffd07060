export type ExportFormat = 'markdown' | 'json';

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
