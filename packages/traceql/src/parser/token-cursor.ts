/** The parser's place in the token list, and the wording of its errors (SPEC E1). */
import { MAX_EXPRESSION_DEPTH } from '../limits.ts';
import { LEXICAL_ERROR, type Token, type TokenSymbol } from '../token.ts';
import { syntaxError, TraceQlError } from '../traceql-error.ts';

/** Reads tokens one by one, looking one ahead. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next token, not yet taken. */
  get next(): Token {
    return this.#tokens[this.#at]!;
  }

  /** Whether the next token is `symbol`. */
  sees(symbol: TokenSymbol): boolean {
    return this.next.symbol === symbol;
  }

  /** Takes the next token; the end is never passed. */
  take(): Token {
    const token = this.next;
    if (this.#at + 1 < this.#tokens.length) this.#at += 1;
    return token;
  }

  /** Takes the next token if it is `symbol`. */
  takeIf(symbol: TokenSymbol): boolean {
    if (!this.sees(symbol)) return false;
    this.take();
    return true;
  }

  /**
   * Takes the next token, which must be one of `symbols`; `expected` are those the message names
   * (none when there are more possibilities than Tempo lists).
   */
  expect(symbols: readonly TokenSymbol[], expected: readonly TokenSymbol[] = symbols): Token {
    if (!symbols.includes(this.next.symbol)) this.fail(expected);
    return this.take();
  }

  /** Refuses the next token. */
  fail(expected: readonly TokenSymbol[] = []): never {
    const { symbol, text } = this.next;
    if (symbol === LEXICAL_ERROR) throw syntaxError(this.next, text);
    const list = expected.length > 0 ? `, expecting ${expected.join(' or ')}` : '';
    throw syntaxError(this.next, `syntax error: unexpected ${symbol}${list}`);
  }

  /** Runs `parse` one level deeper; refuses what would be nested too deeply to be walked. */
  nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_EXPRESSION_DEPTH) throw tooDeep();
    const result = parse();
    this.#depth -= 1;
    return result;
  }
}

/** The error of an expression that is nested too deeply. */
export function tooDeep(): TraceQlError {
  return new TraceQlError(
    'too_large',
    `TraceQL expression is nested deeper than ${MAX_EXPRESSION_DEPTH} levels`,
  );
}
