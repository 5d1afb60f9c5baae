/**
 * The computation of `blindspot attack`: on as many workers as it is worth, every finished image in a journal, going on
 * from the journal of a run that was stopped.
 */

import process from "node:process";
import type { AttackResult } from "../attacks/index.ts";
import { printable } from "../check.ts";
import type { Dataset } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import {
  type AttackedImage,
  attackOnWorkers,
  Journal,
  openPool,
  type SharedModel,
  shareModel,
  worthwhileWorkers,
} from "../node/index.ts";
import { digestArrays } from "../report/index.ts";
import type { AttackFlags } from "./attack-options.ts";
import { attackByRule, type Searches, unitOf } from "./attack-run.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";

export interface JournaledFlags extends AttackFlags {
  model: string;
  workers?: number;
  out: string;
  json?: boolean;
  quiet?: boolean;
}

export class JournaledAttack {
  private readonly network: Network;
  private readonly data: Dataset;
  private readonly flags: JournaledFlags;
  private readonly signal: AbortSignal;
  private readonly silent: boolean;
  /** What a record of the journal, and a step of the bar, stands for. */
  private readonly unit: "images" | "searches";
  private readonly total: number;
  private journal: Journal | undefined;

  constructor(network: Network, data: Dataset, flags: JournaledFlags, signal: AbortSignal) {
    this.network = network;
    this.data = data;
    this.flags = flags;
    this.signal = signal;
    this.silent = flags.json === true || flags.quiet === true;
    const { unit, total } = unitOf(flags, data.count, network.classes);
    this.unit = unit;
    this.total = total;
  }

  /** The attack, by the rule that the flags name. */
  attack(): Promise<AttackResult> {
    return attackByRule(this.network, this.data, this.flags, (searches) => this.onWorkers(searches));
  }

  private async onWorkers(options: Searches): Promise<AttackResult> {
    const model = shareModel(this.network);
    const known: AttackedImage[] = [];
    this.journal = await this.openJournal(model, (image) => known.push(image));
    const images = this.total - known.length;
    const workers = this.flags.workers ?? worthwhileWorkers(this.network, { ...options, images });
    const pool = await openPool({ workers });
    const { silent, unit, total } = this;
    const progress = startProgress({ label: "attack", total, unit, silent });
    try {
      return await attackOnWorkers(pool, model, {
        ...options,
        signal: this.signal,
        known,
        onImage: (image) => this.journal?.append(image),
        onProgress: (done, _, evaluations) => progress.update(done, `${evaluations} evaluations`),
      });
    } finally {
      progress.stop();
      await pool.close();
    }
  }

  private async openJournal(model: SharedModel, onImage: (image: AttackedImage) => void): Promise<Journal> {
    const { rows, labels, count } = this.data;
    const { model: name, data, target, effort, solver, margin, seed, first, truth, out } = this.flags;
    const run = {
      ...{ version: packageVersion(), model: name, data, first, count, truth, target, effort, solver, margin, seed },
      "digest of the model": model.digest,
      "digest of the data": await digestArrays({ rows: { data: rows }, labels: { data: labels } }),
    };
    const onRecord = (record: unknown) => onImage(record as AttackedImage);
    const journal = await Journal.open(`${out}.journal`, run, { onRecord });
    if (journal.dropped > 0) this.say(`${journal.path} ended in a cut record, which is dropped`);
    if (journal.resumed > 0) this.say(`goes on from ${journal.path}: ${journal.resumed} of ${this.kept} are known`);
    return journal;
  }

  /** Share of the run's images that an earlier run had finished. */
  get shareKnown(): number {
    return (this.journal?.resumed ?? 0) / this.total;
  }

  private get kept(): string {
    return `${this.total} ${this.unit}`;
  }

  private say(text: string): void {
    if (!this.silent) process.stderr.write(printable(`attack: ${text}\n`));
  }

  /** The results are in place: nothing has to be kept. */
  async ended(): Promise<void> {
    await this.journal?.remove();
  }

  /** The run stops before its end: what is finished stays, and the user is told so. */
  async stopped(): Promise<void> {
    const { journal } = this;
    if (!journal) return;
    if (journal.records === 0) return journal.remove();
    await journal.close();
    this.say(`${journal.records} of ${this.kept} are kept in ${journal.path}; the same command goes on from there`);
  }
}
