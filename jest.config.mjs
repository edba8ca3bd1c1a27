import preset from './jest.preset.mjs';

/** One run over all packages and services; test-e2e has its own configuration. */
export default {
  ...preset,
  testMatch: ['<rootDir>/packages/*/src/**/*.test.ts', '<rootDir>/services/*/src/**/*.test.ts'],
  maxWorkers: 2,
  testTimeout: 30_000,
};
