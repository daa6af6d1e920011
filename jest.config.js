/** Native ESM, no injected globals, no module mocks: what a unit needs is a parameter. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  injectGlobals: false,
  // A bound for what hangs, not for what is slow: the machine may have one core and others to serve.
  testTimeout: 240_000,
  maxWorkers: 2,
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
};
