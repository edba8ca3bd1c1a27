import preset from './jest.preset.mjs';

/** Whole-system tests start real processes; they run one file at a time. */
export default {
  ...preset,
  testMatch: ['<rootDir>/**/*.test.ts'],
  maxWorkers: 1,
  testTimeout: 120_000,
};
