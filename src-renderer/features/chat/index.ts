export { ChatPage } from './chat-page.tsx';
export { ConversationList } from './conversation-list.tsx';
export { useChat } from './chat.ts';
