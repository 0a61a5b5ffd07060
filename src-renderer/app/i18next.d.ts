import type { Words } from '../../src-shared/i18n/index.ts';

// Keys are checked by the compiler.
declare module 'i18next' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- augmenting needs an interface
  interface CustomTypeOptions {
    defaultNS: 'window';
    resources: Words;
  }
}
