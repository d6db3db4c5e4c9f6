import { fileURLToPath } from "node:url";

import { defineConfig } from "hardhat/config";

// The compiler is the WebAssembly build from the npm package `solc`, so that nothing is downloaded at build
// time and py-solc-x, which verifies deployments from Python, runs the very same compiler.
const compiler = {
  version: "0.8.37",
  path: fileURLToPath(new URL("./node_modules/solc/soljson.js", import.meta.url)),
  settings: {
    // Cancun is the oldest rule set that the sources need (mcopy); consortium chains lag behind the newest.
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 10_000 },
    viaIR: true,
    // The compiler's own hash of sources and settings is left out: byte-for-byte comparison of the whole
    // runtime code, which `ledger/chain/verify.py` does, says more and needs no trailer.
    metadata: { bytecodeHash: "none", appendCBOR: false },
  },
};

export default defineConfig({
  paths: {
    sources: "./contracts",
    tests: { solidity: "./contracts/test" },
    artifacts: "./build/hardhat/artifacts",
    cache: "./build/hardhat/cache",
  },
  solidity: {
    profiles: { default: compiler, production: compiler },
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  test: {
    solidity: {
      isolate: true,
      fuzz: { runs: 256 },
      invariant: { runs: 32, depth: 48, failOnRevert: true },
    },
  },
});
