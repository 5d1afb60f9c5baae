/** Every float of every range, some minutes: `npm run test:slow`. The fast tests look at one in a few hundred. */
import { expect, test } from "vitest";
import { CLAIMS, floatsIn, title } from "../support/claims.ts";
import { GATE_CLAIMS } from "../support/gate-claims.ts";
import { Host } from "../support/host.ts";
import { sweep } from "../support/sweep.ts";

const host = new Host("release");

for (const claim of [...CLAIMS, ...GATE_CLAIMS]) {
  test(`${title(claim)}, every one of them looked at`, () => {
    const worst = sweep(host, claim.kernel, claim.f, claim.first, claim.last, 1);
    console.log(`${claim.kernel}: ${worst.ulps.toFixed(4)} ulp at ${worst.at}, ${worst.count} floats`);
    expect(worst.count).toBe(floatsIn(claim));
    expect(worst.ulps).toBeLessThanOrEqual(claim.ulps);
  });
}
