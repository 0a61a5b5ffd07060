export { ChatPage } from './chat-page.tsx';
export { ConversationList } from './conversation-list.tsx';
export { startNewChat, useChat } from './chat.ts';
