export { ModelPicker } from './model-picker.tsx';
export { RetryMenu } from './retry-menu.tsx';
