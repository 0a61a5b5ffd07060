// What the search field can do besides finding conversations: the few ways that one looks for by name, and none that leads to where one is.
import { Download, Keyboard, Monitor, Moon, Network, Plus, Power, PowerOff, Settings, Sparkles, SquarePen, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { chordOf, onceThere, saveConversation, startNewChat, useChat } from '../features/chat/index.ts';
import type { Command } from '../features/chat/index.ts';
import { isLeading } from '../features/role/index.ts';
import { useAttempt, useNode, useView } from '../node/index.ts';

/** Where commands lead. stay: to the page that is shown, from a column that lies over it */
type Places = { page: 'chat' | 'machines' | 'ledger' } & Record<
  'stay' | 'toChat' | 'toMachines' | 'toSettings' | 'toAdd' | 'toKeys',
  () => void
>;

const schemes = [
  ['dark', Moon],
  ['light', Sun],
  ['auto', Monitor],
] as const;

/** What can be done now, in the order in which it is listed. */
export function useCommands({ page, stay, toChat, toMachines, toSettings, toAdd, toKeys }: Places): Command[] {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const leads = useView(({ self: { role } }) => role.wanted === 'leader' || (role.wanted === 'auto' && isLeading(role.actual)));
  const scheme = useView((view) => view.settings.colorScheme);
  // texts, which stay the same while an answer is written
  const begun = useChat(({ conversation }) => (conversation !== null && conversation.messages.length > 0 ? conversation.id : null));
  const title = useChat(({ conversation }) => conversation?.title ?? '');
  const role = leads ? 'subordinate' : 'leader';
  const all: (Command | null)[] = [
    {
      id: 'new',
      label: t('conversations.new'),
      also: t('commands.also.new'),
      icon: SquarePen,
      keys: chordOf('new'),
      run: () => {
        toChat();
        startNewChat();
        onceThere('[data-testid=composer]', (composer) => composer.focus());
      },
    },
    {
      id: 'model',
      label: t('keys.model'),
      also: t('commands.also.model'),
      icon: Sparkles,
      keys: chordOf('model'),
      run: () => {
        toChat();
        onceThere('[data-testid=model-picker]', (picker) => picker.click());
      },
    },
    page === 'machines'
      ? null
      : {
          id: 'machines',
          label: t('machines.title'),
          also: t('commands.also.machines'),
          icon: Network,
          keys: [],
          run: () => {
            toMachines();
            // what had the focus went with the page before
            onceThere('[data-testid=back]', (back) => back.focus());
          },
        },
    { id: 'add', label: t('add.open'), also: t('commands.also.add'), icon: Plus, keys: [], run: toAdd },
    {
      id: role,
      label: t(`commands.${role}`),
      also: t('commands.also.role'),
      icon: leads ? PowerOff : Power,
      keys: [],
      run: () => {
        stay();
        void attempt(async () => await node().role.set({ role }));
      },
    },
    page !== 'chat' || begun === null
      ? null
      : {
          id: 'export',
          label: t('commands.export'),
          also: t('commands.also.export'),
          icon: Download,
          keys: [],
          run: () => {
            stay();
            void attempt(async () => await saveConversation(node(), { id: begun, title }, 'markdown'));
          },
        },
    ...schemes.map(([colorScheme, icon]) =>
      colorScheme === scheme
        ? null
        : {
            id: colorScheme,
            label: t('commands.scheme', { scheme: t(`settings.schemes.${colorScheme}`) }),
            also: t('commands.also.scheme'),
            icon,
            keys: [],
            run: () => {
              stay();
              void attempt(async () => await node().settings.update({ colorScheme }));
            },
          },
    ),
    {
      id: 'settings',
      label: t('settings.title'),
      also: t('commands.also.settings'),
      icon: Settings,
      keys: chordOf('settings'),
      run: toSettings,
    },
    { id: 'keys', label: t('commands.keys'), also: t('commands.also.keys'), icon: Keyboard, keys: chordOf('sheet'), run: toKeys },
  ];
  return all.filter((command) => command !== null);
}
