/** An argument as a POSIX shell is to be given it, so that a command that a report prints can be pasted. */
export function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
