#!/usr/bin/env node
/** The `blindspot` command. */
import process from "node:process";
import { watchStreams } from "./broken-streams.ts";
import { commands } from "./commands.ts";
import { run } from "./run.ts";

watchStreams();
process.exitCode = await run(process.argv.slice(2), commands());
