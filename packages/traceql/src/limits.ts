/** What one query may cost before it is understood (SPEC L8, G10). */

/** Longest accepted query text; Tempo's `max_query_expression_size_bytes`. */
export const MAX_QUERY_BYTES = 131_072;

/**
 * Deepest accepted nesting of an expression, counted in operators and parentheses from the root.
 * Everything that walks a tree may recurse: at this depth the default stack is used by a tenth.
 */
export const MAX_EXPRESSION_DEPTH = 1_000;
