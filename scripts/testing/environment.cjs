// Jest's environment of Node.js, with two changes that make the tests faster.
const url = require('node:url');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

// Node.js warns once if a program calls the deprecated `url.parse()`, but not if a dependency does. Until it has warned,
// each call searches the stack for the caller, and aws-cdk-lib makes thousands of calls in a synthesis.
process.noDeprecation = true;
url.parse('');
process.noDeprecation = false;

module.exports = class extends TestEnvironment {
  constructor(...args) {
    // A context whose global object is an ordinary one: in Jest's, each use of a global variable goes through a proxy.
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
  }
};
