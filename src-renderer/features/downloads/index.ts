export { FirstModel } from './first-model.tsx';
export { GetModels } from './get-models.tsx';
export { ModelsThere } from './models-there.tsx';
