/** Runs a bundle of jasmine specs and writes what became of each.   node core-specs-run.cjs bundle.cjs out.json plain|ours */
const { writeFileSync } = require("node:fs");
const jasmineCore = require("jasmine-core");

const [file, out, kernels] = process.argv.slice(2);

// Some specs draw numbers: the same in both runs.
let state = 1;
Math.random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

jasmineCore.boot(jasmineCore);
const environment = jasmine.getEnv();
environment.configure({ random: false });
const results = {};
environment.addReporter({
  specDone: ({ fullName, status, failedExpectations }) => {
    results[fullName] = [status, failedExpectations[0]?.message ?? ""];
  },
  jasmineDone: () => {
    writeFileSync(out, JSON.stringify(results));
    process.exit(0);
  },
});

async function main() {
  const { tf, registerGradientKernels } = require(file);
  if (kernels === "ours") {
    await tf.setBackend("wasm");
    registerGradientKernels();
  }
  environment.execute();
}
main();
