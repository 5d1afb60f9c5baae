/** Table 3: models of one half of the training set, their errors on both halves and on the test set. */
import { halfOf } from "../../train/index.ts";
import { wrongAnswers } from "../wrong-answers.ts";
import { type AttackFigures, answersToAll, type PaperData, type Study } from "./attacked.ts";
import type { PaperExecutor } from "./jobs.ts";
import type { DistortionMode } from "./options.ts";
import type { Table3Row } from "./tables.ts";

export interface Table3Result extends Table3Row {
  title: string;
  p1Count: number;
  p1Wrong: number;
  p2Count: number;
  p2Wrong: number;
  testCount: number;
  testWrong: number;
  attack: Omit<AttackFigures, "each">;
}

/** Measures the errors; the distortions are the study's, of test images. */
export async function table3(
  { models }: Study,
  data: PaperData,
  mode: DistortionMode,
  executor: PaperExecutor,
): Promise<Table3Result[]> {
  const { train, test } = data;
  const p1 = halfOf(train.count, 1);
  const p2 = halfOf(train.count, 2);
  const p1Count = p1[1] - p1[0];
  const p2Count = p2[1] - p2[0];
  return Promise.all(
    models.map(async (model): Promise<Table3Result> => {
      const [onTrain, onTest] = await answersToAll(model, data, executor);
      const p1Wrong = wrongAnswers(onTrain, train.labels, ...p1);
      const p2Wrong = wrongAnswers(onTrain, train.labels, ...p2);
      const testWrong = wrongAnswers(onTest, test.labels);
      const { each: _, ...attack } = model.figures;
      return {
        model: model.name,
        title: model.title,
        p1Error: p1Wrong / p1Count,
        p2Error: p2Wrong / p2Count,
        testError: testWrong / test.count,
        distortion: attack.distortions[mode],
        p1Count,
        p1Wrong,
        p2Count,
        p2Wrong,
        testCount: test.count,
        testWrong,
        attack,
      };
    }),
  );
}
