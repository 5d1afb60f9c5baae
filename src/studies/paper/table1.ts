/** Table 1: the models, their errors on all of MNIST, and how far their adversarial training images are. */

import { wrongAnswers } from "../wrong-answers.ts";
import { type AttackFigures, answersToAll, type PaperData, type Study } from "./attacked.ts";
import type { PaperExecutor } from "./jobs.ts";
import type { DistortionMode } from "./options.ts";
import type { Table1Row } from "./tables.ts";

export interface Table1Result extends Table1Row {
  title: string;
  trainCount: number;
  trainWrong: number;
  testCount: number;
  testWrong: number;
  attack: Omit<AttackFigures, "each">;
}

/** Measures the errors; the distortions are the study's. */
export async function table1(
  { models }: Study,
  data: PaperData,
  mode: DistortionMode,
  executor: PaperExecutor,
): Promise<Table1Result[]> {
  const { train, test } = data;
  return Promise.all(
    models.map(async (model): Promise<Table1Result> => {
      const [onTrain, onTest] = await answersToAll(model, data, executor);
      const trainWrong = wrongAnswers(onTrain, train.labels);
      const testWrong = wrongAnswers(onTest, test.labels);
      const { each: _, ...attack } = model.figures;
      return {
        model: model.name,
        title: model.title,
        trainError: trainWrong / train.count,
        testError: testWrong / test.count,
        distortion: attack.distortions[mode],
        trainCount: train.count,
        trainWrong,
        testCount: test.count,
        testWrong,
        attack,
      };
    }),
  );
}
