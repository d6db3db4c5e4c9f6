import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { defineConfig } from "hardhat/config";

// One file holds version and settings, for this build and for the one that ledger/chain/compiler.py makes from
// Python. Cancun is the oldest rule set that the sources need (mcopy); consortium chains lag behind the newest.
// The compiler's own hash of sources and settings is left out of the code: ledger/chain/verify.py compares the
// whole runtime code byte for byte, which says more.
const { version, settings } = JSON.parse(readFileSync(new URL("./contracts/compiler.json", import.meta.url), "utf8"));

// The WebAssembly build from the npm package `solc`: nothing is downloaded at build time, and Python verifies
// deployments with the very same compiler.
const path = fileURLToPath(new URL("./node_modules/solc/soljson.js", import.meta.url));
const compiler = { version, settings, path };

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
