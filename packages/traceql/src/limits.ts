/** What one query may cost before it is understood (SPEC L8, G10). */

/** Longest accepted query text; Tempo's `max_query_expression_size_bytes`. */
export const MAX_QUERY_BYTES = 131_072;

/**
 * Deepest accepted nesting of an expression, counted in operators and parentheses from the root.
 * Everything that walks a tree may recurse: at this depth the default stack is used by a tenth.
 */
export const MAX_EXPRESSION_DEPTH = 1_000;

/**
 * Most positions that the repetitions of a query's patterns add when they are written out (SPEC V13):
 * `(ab{10}){20}` adds some 220. Compiling that many takes a tenth of a second.
 */
export const MAX_REPEATED_PATTERN_POSITIONS = 100_000;
