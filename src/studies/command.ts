/** The command line that asks for a study, from the study's own options. */

export type OptionValue = string | number | boolean | null | undefined | readonly (string | number)[];
/** The options that a record's results follow from, by the names of the command's flags. */
export type StudyOptions = Readonly<Record<string, OptionValue>>;

/** An argument as a POSIX shell takes it, so that a printed command can be pasted. */
export function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** The name of an option as a flag: `classNames` is --class-names. */
export function flagName(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * `npx blindspot <command>` with a flag for each option, in their order. Lists are separated by commas; true is the flag
 * alone. Options without a value, false, empty lists and those that equal their entry in `defaults` are left out.
 */
export function commandText(command: string, options: StudyOptions, defaults: StudyOptions = {}): string {
  const flags = Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === false) return [];
    if (value === true) return [flagName(name)];
    const text = typeof value === "object" ? value.join(",") : String(value);
    const usual = defaults[name];
    if (text === "" || (usual !== undefined && text === String(usual))) return [];
    return [`${flagName(name)} ${quoted(text)}`];
  });
  return ["npx blindspot", command, ...flags].join(" ");
}
