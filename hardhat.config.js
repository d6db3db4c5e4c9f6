import { readdirSync, readFileSync } from "node:fs";
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

// Tests, but the one that measures gas, are compiled as they stand: optimizing them takes minutes and proves nothing.
// The contracts that they try are those of the build (TestBase.sol, deploy).
const plain = { version, settings: { ...settings, viaIR: false, optimizer: { enabled: false } }, path };
const tests = readdirSync(new URL("./contracts/test", import.meta.url), { recursive: true })
  .filter((name) => name.endsWith(".sol") && name !== "Gas.t.sol")
  .map((name) => [`contracts/test/${name}`, plain]);

// Hardhat compiles together what has one configuration, and takes each override for one of its own.
const together = {
  id: "tests-in-one-compilation",
  hookHandlers: {
    config: async () => ({
      default: async () => ({
        resolveUserConfig: async (user, variables, next) => {
          const resolved = await next(user, variables);
          const { overrides } = resolved.solidity.profiles.default;
          const [first] = Object.values(overrides);
          for (const name of Object.keys(overrides)) overrides[name] = first;
          return resolved;
        },
      }),
    }),
  },
};

// What counts lines is another code: it must never lie where a venue takes what it deploys (make coverage-contracts).
const build = process.env.IPX_HARDHAT_BUILD ?? "./build/hardhat";

export default defineConfig({
  plugins: [together],
  paths: {
    sources: "./contracts",
    tests: { solidity: "./contracts/test" },
    artifacts: `${build}/artifacts`,
    cache: `${build}/cache`,
  },
  solidity: {
    profiles: {
      default: { compilers: [compiler], overrides: Object.fromEntries(tests) },
      production: { compilers: [compiler] },
    },
    // Tests take contracts from their compiled code: build those first, always.
    splitTestsCompilation: true,
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  test: {
    solidity: {
      profiles: {
        default: { fuzz: { runs: 5_000 }, invariant: { runs: 256, depth: 128, failOnRevert: true } },
        // Coverage counts lines that are run at all, which takes no thousands of runs.
        coverage: { fuzz: { runs: 32 } },
      },
    },
  },
});
