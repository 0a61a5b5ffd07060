export { LedgerView } from './ledger-page.tsx';
