export { useAbsent } from './absent.ts';
export { useNotAllowed } from './not-allowed.ts';
export { ChatPage } from './chat-page.tsx';
export { watchWhatIsOnTop } from './on-top.ts';
export { ConversationList } from './conversation-list.tsx';
export { Shortcuts } from './shortcuts.tsx';
export { attachFiles, followRuns, saveDrafts, startNewChat, useBeingAnswered, useChat, useConversations } from './chat.ts';
export { ReadingOnly } from './slots.ts';
export type { PickerSlot, RetrySlot } from './slots.ts';
