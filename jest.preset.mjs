/** How every package's tests run: straight from source, as ES modules, nothing global. */
export default {
  testEnvironment: 'node',
  injectGlobals: false,
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  // Never add 'import' here: CommonJS inside Jest would then receive ES modules and fail.
  testEnvironmentOptions: { customExportConditions: ['@tempo-ts/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
