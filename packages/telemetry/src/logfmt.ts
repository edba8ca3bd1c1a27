/** The logfmt form of a log entry: `ts=… level=info msg="block flushed" tenant=a`. */

/** One line with a line feed; ts, level and msg first. Values with spaces, quotes or `=` are quoted. */
export function logfmtLine(entry: Readonly<Record<string, unknown>>): string {
  const { ts, level, msg, ...fields } = entry;
  const pairs = Object.entries({ ts, level, msg, ...fields }).filter(
    ([, value]) => value !== undefined,
  );
  return `${pairs.map(([key, value]) => `${key}=${logfmtValue(value)}`).join(' ')}\n`;
}

function logfmtValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
