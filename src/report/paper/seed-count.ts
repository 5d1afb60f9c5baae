/** How many of the paper's numbers lie among those of several training seeds. */
import { type SeedStudy, type SeedVerdict, seedVerdicts } from "../../studies/paper/index.ts";

export function seedCount(study: SeedStudy): { inside: number; of: number; outside: SeedVerdict[] } {
  const verdicts = seedVerdicts(study);
  const outside = verdicts.filter(({ inside }) => !inside);
  return { inside: verdicts.length - outside.length, of: verdicts.length, outside };
}
