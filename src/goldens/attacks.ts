/** The bits of what attacks find: the paper's, by effort and solver; the smallest change in each norm; each attack by name. */
import {
  ATTACKS,
  attackEveryLabel,
  EFFORTS,
  type EffortName,
  lbfgsAttack,
  type MinimalAttackOptions,
  minimalAttack,
  namedAttack,
  type Question,
  SOLVERS,
} from "../attacks/index.ts";
import { NORMS } from "../attacks/minimal/norm.ts";
import type { Network } from "../model/index.ts";
import { pixels } from "./data.ts";
import type { Golden, Results } from "./golden.ts";
import { NETWORKS } from "./layers.ts";

const ROWS = 4;

/** Rows, what a network answers on them, and a question about each: any other answer. */
function asked(network: Network): { rows: Float32Array; truth: Int32Array; next: Int32Array } {
  const { inputSize, classes } = network;
  const rows = pixels(ROWS * inputSize, 11);
  const scores = network.scores(rows);
  const truth = Int32Array.from({ length: ROWS }, (_, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(own.reduce((top, score) => Math.max(top, score)));
  });
  return { rows, truth, next: truth.map((label) => (label + 1) % classes) };
}

/** The paper's attack. */
export function attackGoldens(): Golden[] {
  return [
    ...bySolver(),
    {
      name: "dense, every label",
      isQuick: true,
      run: async () => {
        const network = (NETWORKS.dense as () => Network)();
        const { rows, truth } = asked(network);
        const found = await attackEveryLabel(network, { rows, truth });
        return [found.rows, found.distortion, found.evaluations, found.targets];
      },
    },
  ];
}

function bySolver(): Golden[] {
  return Object.entries(NETWORKS).flatMap(([kind, make]) =>
    Object.keys(EFFORTS).flatMap((effort) =>
      SOLVERS.map((solver) => ({
        name: `${kind}, ${effort}, ${solver}`,
        isQuick: effort === "fast",
        run: async (): Promise<Results> => {
          const network = make();
          const { rows, next } = asked(network);
          const found = await lbfgsAttack(network, {
            ...{ rows, labels: next, solver, effort: effort as keyof typeof EFFORTS },
          });
          return [found.rows, found.distortion, found.evaluations, found.stop.join()];
        },
      })),
    ),
  );
}

/** What is asked beside any other answer, and where results may lie. */
const ASKED: Readonly<Record<string, (truth: Int32Array) => Omit<MinimalAttackOptions, "rows">>> = {
  "a label": (truth) => ({ labels: truth.map((label) => (label + 1) % 4) }),
  "an output moved": () => ({ criterion: { output: 1, by: 0.05 } }),
  "256 levels": (truth) => ({ truth, levels: 256 }),
  "a box, frozen features": (truth) => ({ truth, lower: -0.5, upper: 1.5, frozen: [0, 3, 7] }),
};

/** The smallest change in each norm. */
export function normGoldens(): Golden[] {
  return [...byBudget(), ...byEffort(), ...byQuestion()];
}

function byEffort(): Golden[] {
  return Object.entries(NETWORKS).flatMap(([kind, make]) =>
    NORMS.flatMap((norm) =>
      (Object.keys(EFFORTS) as EffortName[]).map((effort) => ({
        name: `${kind}, ${norm}, ${effort}`,
        isQuick: false,
        run: async (): Promise<Results> => {
          const network = make();
          const { rows, truth } = asked(network);
          const found = await minimalAttack(network, { rows, truth, norm, effort });
          return [found.rows, found.distance, found.evaluations, found.stop.join()];
        },
      })),
    ),
  );
}

function byQuestion(): Golden[] {
  return Object.entries(ASKED).flatMap(([title, question]) =>
    NORMS.map((norm) => ({
      name: `dense, ${norm}, ${title}`,
      isQuick: false,
      run: async (): Promise<Results> => {
        const network = (NETWORKS.dense as () => Network)();
        const { rows, truth } = asked(network);
        const found = await minimalAttack(network, { ...question(truth), rows, norm, evaluations: 80 });
        return [found.rows, found.distance, found.evaluations, found.stop.join()];
      },
    })),
  );
}

function byBudget(): Golden[] {
  return Object.entries(NETWORKS).flatMap(([kind, make]) =>
    NORMS.flatMap((norm) =>
      [120, 600].map((evaluations) => ({
        name: `${kind}, ${norm}, ${evaluations} evaluations`,
        isQuick: evaluations === 120,
        run: async (): Promise<Results> => {
          const network = make();
          const { rows, truth } = asked(network);
          const found = await minimalAttack(network, { rows, truth, norm, evaluations });
          return [found.rows, found.distance, found.evaluations, found.stop.join()];
        },
      })),
    ),
  );
}

/** Each attack of the literature, in each of its norms, with few evaluations. */
export function namedGoldens(): Golden[] {
  return Object.values(ATTACKS).flatMap(({ name, norms, finds }) =>
    norms.map((norm) => ({
      name: `${name}, ${norm}`,
      isQuick: false,
      run: async (): Promise<Results> => {
        const network = (NETWORKS.convolutions as () => Network)();
        const { rows, truth } = asked(network);
        const criterion = Array.from(truth, (label): Question => ({ not: label }));
        const within = finds === "within" ? { epsilon: norm === "l1" ? 4 : norm === "l2" ? 1 : 0.2 } : {};
        const found = await namedAttack(network, {
          ...{ attack: name as keyof typeof ATTACKS, norm, rows, criterion, evaluations: 60 },
          ...within,
        });
        return [found.rows, found.distance, found.evaluations, found.stop.join()];
      },
    })),
  );
}
