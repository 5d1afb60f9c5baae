export { paperFiles } from "./files.ts";
export { paperText } from "./text.ts";
