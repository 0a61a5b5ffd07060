export { ChatPage } from './chat-page.tsx';
export { ConversationList } from './conversation-list.tsx';
export { chat, useChat } from './chat.ts';
