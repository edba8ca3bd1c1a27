/** Structured logs: a lower-case message and fields for the values. */
import { pino, type DestinationStream } from 'pino';
import { logfmtLine } from './logfmt.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines. `error` fields print message and, at level debug, the stack. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `server.log_format`. */
  readonly format: 'logfmt' | 'json';
  /** Where lines go; standard error by default, as Tempo does. */
  readonly destination?: { write(line: string): void };
}

/** A logger writing one line per entry with ts, level, msg and fields. */
export function createLogger(options: LoggerOptions): Logger {
  const sink = options.destination ?? { write: (line: string) => process.stderr.write(line) };
  const destination: DestinationStream =
    options.format === 'json'
      ? sink
      : { write: (line) => sink.write(logfmtLine(JSON.parse(line) as LogFields)) };
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'msg',
      errorKey: 'error',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return wrap(root);
}

/** A logger that drops everything. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

function wrap(target: pino.Logger): Logger {
  const write = (level: LogLevel) => (message: string, fields?: LogFields) =>
    target[level](printable(fields), message);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(target.child(printable(fields))),
  };
}

/** Errors become their message with the messages of their causes; bigints become text. */
function printable(fields: LogFields | undefined): Record<string, unknown> {
  const entries = Object.entries(fields ?? {}).map(([key, value]) => [key, printableValue(value)]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function printableValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error) && Object.prototype.toString.call(value) !== '[object Error]')
    return value;
  const messages: string[] = [];
  for (let error: unknown = value; error && messages.length < 5; error = (error as Error).cause)
    messages.push((error as Error).message ?? 'unknown error');
  return messages.join(': ');
}
