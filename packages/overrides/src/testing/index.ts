export { fixedOverrides, limitsWith } from './fixed-overrides.ts';
