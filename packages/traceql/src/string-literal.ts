/** Quoted text of a query: string literals (SPEC L4) and quoted attribute names (SPEC L3). */

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  '"': 34,
};
const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A quoted text that was read, and where the source goes on. */
export type QuotedText =
  { readonly value: string; readonly end: number } | { readonly error: string };

const NOT_TERMINATED = { error: 'literal not terminated' } as const;
const BAD_ESCAPE = { error: 'invalid char escape' } as const;

/** Reads a `"…"` literal with Go's escapes; `start` is the place of the opening quote. */
export function readStringLiteral(source: string, start: number): QuotedText {
  const bytes: number[] = [];
  let at = start + 1;
  for (;;) {
    const char = source[at];
    if (char === undefined || char === '\n') return NOT_TERMINATED;
    if (char === '"') break;
    if (char === '\\') {
      const escape = readEscape(source, at + 1);
      if (!escape) return BAD_ESCAPE;
      for (const byte of escape.bytes) bytes.push(byte);
      at = escape.end;
    } else {
      const plain = /[^"\\\n]+/y;
      plain.lastIndex = at;
      const run = plain.exec(source)![0];
      for (const byte of utf8Encoder.encode(run)) bytes.push(byte);
      at += run.length;
    }
  }
  return { value: utf8Decoder.decode(Uint8Array.from(bytes)), end: at + 1 };
}

function readEscape(
  source: string,
  at: number,
): { bytes: Iterable<number>; end: number } | undefined {
  const char = source[at] ?? '';
  const simple = SIMPLE_ESCAPES[char];
  if (simple !== undefined) return { bytes: [simple], end: at + 1 };
  if (/[0-7]/.test(char)) {
    const digits = source.slice(at, at + 3);
    const byte = /^[0-7]{3}$/.test(digits) ? Number.parseInt(digits, 8) : 256;
    return byte > 255 ? undefined : { bytes: [byte], end: at + 3 };
  }
  const length = { x: 2, u: 4, U: 8 }[char];
  if (length === undefined) return undefined;
  const digits = source.slice(at + 1, at + 1 + length);
  if (digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
  const value = Number.parseInt(digits, 16);
  const end = at + 1 + length;
  if (char === 'x') return { bytes: [value], end };
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return undefined;
  return { bytes: utf8Encoder.encode(String.fromCodePoint(value)), end };
}

/** Reads a raw literal between backticks: no escapes, carriage returns are dropped. */
export function readRawLiteral(source: string, start: number): QuotedText {
  const close = source.indexOf('`', start + 1);
  if (close < 0) return NOT_TERMINATED;
  return { value: source.slice(start + 1, close).replaceAll('\r', ''), end: close + 1 };
}

/**
 * Reads the name of an attribute: bare and `"quoted"` fragments in any mixture, as long as no
 * character ends it. Undefined when there is no fragment at all.
 */
export function readAttributeName(source: string, start: number): QuotedText | undefined {
  let name = '';
  let at = start;
  for (;;) {
    if (source[at] === '"') {
      const quoted = readQuotedFragment(source, at);
      if ('error' in quoted) return quoted;
      name += quoted.value;
      at = quoted.end;
    } else {
      const end = bareNameEnd(source, at);
      if (end === at) break;
      name += source.slice(at, end);
      at = end;
    }
  }
  return at === start ? undefined : { value: name, end: at };
}

function readQuotedFragment(source: string, start: number): QuotedText {
  let value = '';
  for (let at = start + 1; at < source.length; at += 1) {
    const char = source[at]!;
    if (char === '"') return { value, end: at + 1 };
    if (char !== '\\') {
      value += char;
      continue;
    }
    at += 1;
    const escaped = source[at];
    if (escaped !== '"' && escaped !== '\\') return { error: 'invalid escape sequence' };
    value += escaped;
  }
  return { error: 'unexpected EOF, expecting "' };
}

/** Whitespace as Go's unicode.IsSpace sees it, and the characters of operators. */
const NAME_END = /[\t\n\v\f\r \u0085\u00a0\p{Z}{}()=~!<>&|^,"]/gu;

function bareNameEnd(source: string, start: number): number {
  NAME_END.lastIndex = start;
  return NAME_END.exec(source)?.index ?? source.length;
}

/** Whether `name` can stand behind an attribute prefix without quotes. */
export function isBareAttributeName(name: string): boolean {
  return name !== '' && bareNameEnd(name, 0) === name.length;
}
