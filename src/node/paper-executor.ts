/**
 * Does the jobs of the paper's tables on a pool of workers, and keeps what is finished in a journal: after a kill the same run goes
 * on where it was. Attacks are kept image by image; a training, which has no parts, leaves a checkpoint now and then.
 */
import { createHash } from "node:crypto";
import { type AttackResult, type AttackStop, attackEveryLabel } from "../attacks/index.ts";
import { failed } from "../check.ts";
import { slice } from "../data/index.ts";
import { argmax, type Network } from "../model/index.ts";
import type { LbfgsState } from "../optimize/lbfgs.ts";
import {
  type AnswerJob,
  type AttackJob,
  COST,
  type LoadedModel,
  type ModelJob,
  type PaperData,
  type PaperExecutor,
  type PaperJob,
  type PaperModel,
  paperModel,
  type Sample,
  sampleTargets,
} from "../paper/index.ts";
import { digestArrays } from "../report/index.ts";
import { buildRecipe, halfOf } from "../train/index.ts";
import { type RunDescription, readCheckpoint, removeCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { type Journal } from "./journal.ts";
import type { Pool } from "./pool.ts";
import type { Plain } from "./record.ts";
import { type SharedModel, shareArray, shareModel } from "./share.ts";
import { shippedNetwork } from "./shipped-network.ts";
import type { AttackedImage } from "./tasks/attack.ts";
