export { NobodyFound, NobodyFoundHint } from './nobody-found.tsx';
