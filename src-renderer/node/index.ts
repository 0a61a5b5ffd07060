export {
  connection,
  inApp,
  useConnection,
  useDesktop,
  useEpoch,
  useLinkState,
  useMadeOfView,
  useNode,
  useView,
  useWishes,
} from './hooks.ts';
export { useAttempt } from './attempt.ts';
export { deviceLine, deviceWords } from './device-words.ts';
export { download } from './download.ts';
export { callFailure } from './failures.ts';
export { useEngineTrouble, useEngineWords } from './engine-trouble.ts';
export { useFailureWords } from './failure-words.ts';
export { mayAsk } from './may-ask.ts';
export { gpuLine, gpuName } from './gpu-line.ts';
export type { ControlClient } from '../../src-shared/control.ts';
