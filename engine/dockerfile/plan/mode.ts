const CLAUSE = /^[ugoa]*(?:[-+=](?:[rwxXst]+|[ugo])?)+$/;

/** What is wrong with a mode of `--chmod`, or undefined: octal digits up to 7777, or symbolic as chmod(1) takes it. */
export function whyBadMode(mode: string): string | undefined {
  const octal = /^[0-7]+$/.test(mode);
  if (octal ? Number.parseInt(mode, 8) <= 0o7777 : mode.split(",").every((clause) => CLAUSE.test(clause))) return undefined;
  return `invalid chmod parameter: '${mode.slice(0, 100)}'. it should be octal string and between 0 and 07777, or symbolic such as u=rwX,go=rX`;
}
