export { paperFiles } from "./files.ts";
export { type PaperReport, paperDigest, paperReport, type ReportedModel } from "./results.ts";
export { paperText } from "./text.ts";
