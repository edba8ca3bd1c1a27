/** Bounds on what a file may claim, checked before memory is taken on its word. */

/** Entries of one page; writers end pages long before. */
export const MAX_PAGE_VALUES = 1 << 26;
/** One page after decompression; Tempo writes dictionaries of up to some 50 MB. */
export const MAX_PAGE_BYTES = 1 << 30;
/** A footer; each row group of a block takes about 20 kB. */
export const MAX_FOOTER_BYTES = 1 << 28;
/** Snappy cannot make more than this out of one byte. */
export const MAX_SNAPPY_RATIO = 32;
