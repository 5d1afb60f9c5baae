/** Every attack by name. A new one is a file beside this one and a line here. */
import { outOfRange } from "../../check.ts";
import { apgdCe } from "./apgd-ce.ts";
import { apgdDlr } from "./apgd-dlr.ts";
import { apgdT } from "./apgd-t.ts";
import type { AttackDescription, NamedAttack } from "./attack.ts";
import { bim } from "./bim.ts";
import { carliniWagner } from "./carlini-wagner.ts";
import { ddn } from "./ddn.ts";
import { deepfool } from "./deepfool.ts";
import { ead } from "./ead.ts";
import { fgsm } from "./fgsm.ts";
import { fmn } from "./fmn.ts";
import { hopSkipJump } from "./hopskipjump.ts";
import { pdpgd } from "./pdpgd.ts";
import { pgd } from "./pgd.ts";
import { sigmaZero } from "./sigma-zero.ts";
import { square } from "./square.ts";
import { superDeepfool } from "./superdeepfool.ts";

const TABLE = {
  fgsm,
  bim,
  pgd,
  "apgd-ce": apgdCe,
  "apgd-dlr": apgdDlr,
  "apgd-t": apgdT,
  square,
  hopskipjump: hopSkipJump,
  deepfool,
  superdeepfool: superDeepfool,
  cw: carliniWagner,
  ead,
  ddn,
  fmn,
  pdpgd,
  "sigma-zero": sigmaZero,
} as const satisfies Readonly<Record<string, NamedAttack>>;

/** The name of an attack in `ATTACKS`. */
export type AttackName = keyof typeof TABLE;

/** The attacks that `namedAttack` runs: their papers, norms, options, and what they need of a target. */
export const ATTACKS: Readonly<Record<AttackName, AttackDescription>> = TABLE;

/** The attack of a name. Throws for a name that has none. */
export function attackOf(name: unknown): NamedAttack {
  if (typeof name === "string" && Object.hasOwn(TABLE, name)) return TABLE[name as AttackName];
  return outOfRange(
    "attack",
    `one of ${Object.keys(TABLE).join(", ")}`,
    typeof name === "string" ? JSON.stringify(name) : name,
  );
}

/** The names of the attacks of which something holds: "pgd, square", or "none". */
export function namesOf(holds: (attack: NamedAttack) => boolean): string {
  const names = Object.values<NamedAttack>(TABLE)
    .filter(holds)
    .map(({ name }) => name);
  return names.length > 0 ? names.join(", ") : "none";
}
