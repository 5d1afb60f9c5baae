/** A record of every study, small, with what runs it again, for all images or for some. */
import { slice } from "../../../src/data/index.ts";
import {
  type AskedRows,
  attackStudy,
  benchAttacksStudy,
  certifyStudy,
  fullyConnected,
  paperStudy,
  predictedClasses,
  preregisteredStudy,
  robustStudy,
  sparsitySearchStudy,
  stabilityStudy,
  trainingSearchStudy,
  trainingStudy,
  transferStudy,
  unitsStudy,
  unitsSurvey,
} from "../../../src/index.ts";
import { noise32 } from "../../support/noise.ts";

const COUNT = 6;
const FIRST = 3;

const [network, other] = [1, 2].map((seed) => fullyConnected([16, 8, 6, 3], { seed })) as [
  ReturnType<typeof fullyConnected>,
  ReturnType<typeof fullyConnected>,
];
const both = [network, other].map((network, i) => ({ network, name: ["one", "two"][i] as string }));
const [model] = both as [(typeof both)[0]];
const rows = Float32Array.from(noise32(COUNT * 16, 3), Math.abs);
/** The fourth image, which the first network misreads, is the only one that the second reads. */
const [ownAnswers, otherAnswers] = [network, other].map((one) => predictedClasses(one.predict(rows), 3)) as [
  Int32Array,
  Int32Array,
];
const labels = ownAnswers.map((label, i) => (i === 3 ? (otherAnswers[i] as number) : label));
const dataset = { rows, labels, count: COUNT, shape: [4, 4, 1] as const, classes: 3 };

/** The images that are asked about, at their place in the set. */
const some = ({ position, count, first }: AskedRows) => ({
  data: { dataset: slice(dataset, position, position + count), name: "squares" },
  first,
});
const ALL: AskedRows = { first: FIRST, position: 0, count: COUNT };

type Again = (asked?: AskedRows) => Promise<object>;

/** Studies in which an image's numbers do not depend on the images beside it. */
export const BY_IMAGE: Readonly<Record<string, Again>> = {
  attack: (asked = ALL) => attackStudy(model, some(asked).data, { target: "random", seed: 4, first: asked.first }),
  "attack in linf": (asked = ALL) => attackStudy(model, some(asked).data, { norm: "linf", first: asked.first }),
  "bench-attacks": ({ bench, ...asked } = ALL) =>
    benchAttacksStudy(
      both.filter(({ name }) => !bench || name === bench.model),
      some(asked).data,
      {
        attacks: ["minimal", "fgsm"],
        norms: bench ? [bench.norm as "linf"] : ["l2", "linf"],
        budgets: [60],
        first: asked.first,
        ...(bench && { epsilon: bench.epsilon }),
      },
    ),
  certify: (asked = ALL) => certifyStudy(model, some(asked).data, { norm: "l2", first: asked.first }),
  robust: (asked = ALL) =>
    robustStudy(model, some(asked).data, { norm: "linf", epsilon: 0.05, attacks: ["fgsm", "pgd"], first: asked.first }),
  stability: (asked = ALL) => stabilityStudy(model, some(asked).data, { first: asked.first }),
  transfer: (asked = ALL) =>
    transferStudy({ from: [model], to: both.slice(1) }, some(asked).data, {
      target: "random",
      amplify: [0.1],
      noise: [0.3],
      first: asked.first,
    }),
};

const rival = { network: fullyConnected([25, 8, 10], { seed: 1 }), name: "rival" };

/** Two sets of 5 x 5 images in ten classes, as the rival has them. */
export function splits() {
  const set = (count: number, seed: number) => {
    const rows = Float32Array.from(noise32(count * 25, seed), Math.abs);
    const labels = Uint8Array.from(predictedClasses(rival.network.predict(rows), 10));
    return { rows, labels, ...{ count, shape: [5, 5, 1] as const, classes: 10 } };
  };
  return { name: "squares", train: set(40, 1), test: set(20, 2) };
}

/** Studies that are run again whole. */
export const WHOLE: Readonly<Record<string, Again>> = {
  units: () => unitsStudy(model, some(ALL).data, { top: 3, directions: 4, show: 1, iterations: 3 }),
  "units-survey": () => unitsSurvey([model], some(ALL).data, { top: 3, directions: 4 }),
  paper: async () => (await paperStudy(splits(), { tables: [1], count: 5, iterations: 1 })).record,
  training: () => trainingStudy(rival, splits(), { arms: ["decay"], seeds: 1, epochs: 1, count: 5 }),
  preregistered: () => preregisteredStudy(splits(), { arms: ["decay"], seeds: 1, epochs: 1, open: true }),
  "sparsity-search": () => {
    const { name, train: dataset } = splits();
    return sparsitySearchStudy({ name, dataset }, { settings: [{ decay: 3e-3, beta: 3, target: 0.1 }], iterations: 2 });
  },
  "training-search": () => {
    const { name, train: dataset } = splits();
    return trainingSearchStudy({ name, dataset }, { arms: ["decay"], seeds: 1, epochs: 1 });
  },
};
