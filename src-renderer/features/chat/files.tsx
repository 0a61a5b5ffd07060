import { ActionIcon, Button, Menu } from '@mantine/core';
import { Download, FolderInput, Upload } from 'lucide-react';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { importPiece } from '../../../src-shared/conversation.ts';
import type { ImportResult } from '../../../src-shared/conversation.ts';
import { download, useAttempt, useNode } from '../../node/index.ts';
import { tell } from '../../ui/index.ts';
import { chat } from './chat.ts';
import { exported } from './export.ts';

/** All conversations as a file, and files of Axon, ChatGPT and Open WebUI back into the list. */
export function Files({ onOpen }: { onOpen: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const input = useRef<HTMLInputElement>(null);

  const take = async (file: File): Promise<void> => {
    const text = await file.text();
    const upload = crypto.randomUUID();
    let result: ImportResult | null = null;
    for (let at = 0; at === 0 || at < text.length; at += importPiece.characters) {
      const more = at + importPiece.characters < text.length;
      result = await node().conversations.import({ text: text.slice(at, at + importPiece.characters), upload, more });
    }
    await chat.reload();
    if (result !== null) say(result);
  };
  const say = ({ conversations, known, pictures, newest }: ImportResult): void => {
    const left = pictures === 0 ? '' : ` ${t('conversations.importedPictures', { count: pictures })}`;
    const show = (): void => {
      hide();
      if (newest !== null) void chat.open(newest);
      onOpen();
    };
    const hide: () => void = tell({
      text: `${t('conversations.imported', { count: conversations, known })}${left}`,
      ...(newest === null ? {} : { action: <ShowImported onShow={show} /> }),
    });
  };
  const saveAll = async (): Promise<void> => {
    download(await exported(node(), { format: 'json' }), 'axon-conversations.json');
  };
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={30}
            aria-label={t('conversations.files')}
            title={t('conversations.files')}
            data-testid="files"
          >
            <FolderInput size={15} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Upload size={14} aria-hidden />} onClick={() => input.current?.click()}>
            {t('conversations.import')}
          </Menu.Item>
          <Menu.Item leftSection={<Download size={14} aria-hidden />} onClick={() => void attempt(saveAll)}>
            {t('conversations.exportAll')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file !== undefined) void attempt(() => take(file));
        }}
        data-testid="import-input"
      />
    </>
  );
}

function ShowImported({ onShow }: { onShow: () => void }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <Button size="compact-sm" variant="default" onClick={onShow} data-testid="imported-show">
      {t('conversations.importedShow')}
    </Button>
  );
}
