/**
 * A label's value, safe in one line of text: prom-client escapes \, " and the newline, and lets everything else out as it
 * is. The names of processes are hostile input.
 */
export function labelValue(text: string): string {
  return text.replace(/\p{Cc}|\p{Cs}|[\u2028\u2029]/gu, '\ufffd');
}
