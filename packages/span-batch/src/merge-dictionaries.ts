/**
 * Brings string columns of several inputs under one dictionary.
 *
 * Snapshots of one growing dictionary agree on their codes, so the longest one serves all and codes
 * are taken as they are. Otherwise the strings that occur are interned into a new dictionary.
 */
import { ByteDictionary, viewOf } from './byte-dictionary.ts';
import type { ViewedBytes } from './byte-dictionary.ts';
import type { StringDictionary } from './span-batch.ts';
import { EMPTY_DICTIONARY } from './string-dictionary.ts';

/** Code in an input's dictionary → code in the merged one, -1 where not asked for yet. */
interface Translation {
  readonly dictionary: StringDictionary;
  readonly source: ViewedBytes;
  readonly codes: Int32Array;
}

export class MergedDictionary {
  /** Undefined: all codes stay as they are. */
  readonly #target: ByteDictionary | undefined;
  readonly #kept: StringDictionary;
  readonly #translations: (Translation | undefined)[];

  /**
   * `dictionaries[i]` is that of input `i`, undefined where the input is not used. With `isCompact`
   * the merged dictionary holds only strings that were asked for.
   */
  constructor(dictionaries: readonly (StringDictionary | undefined)[], isCompact: boolean) {
    const longest = longestOfEach(dictionaries);
    if (longest.length <= 1 && !isCompact) {
      this.#target = undefined;
      this.#kept = longest[0] ?? EMPTY_DICTIONARY;
      this.#translations = [];
      return;
    }
    this.#target = new ByteDictionary();
    this.#kept = EMPTY_DICTIONARY;
    const translations = longest.map((dictionary) => ({
      dictionary,
      source: { bytes: dictionary.bytes, view: viewOf(dictionary.bytes) },
      codes: new Int32Array(dictionary.count).fill(-1),
    }));
    this.#translations = dictionaries.map(
      (dictionary) =>
        dictionary && translations.find((entry) => isSame(entry.dictionary, dictionary)),
    );
  }

  /** The table by which codes of this input are translated; undefined when they stay. */
  codesOf(input: number): Int32Array | undefined {
    return this.#translations[input]?.codes;
  }

  /** Gives a code whose place in `codesOf(input)` is negative its code in the merged dictionary. */
  translate(input: number, code: number): number {
    const { dictionary, source, codes } = this.#translations[input]!;
    const { offsets } = dictionary;
    const translated = this.#target!.intern(source, offsets[code]!, offsets[code + 1]!);
    codes[code] = translated;
    return translated;
  }

  /** The merged dictionary, as far as it was asked for. */
  dictionary(): StringDictionary {
    return this.#target === undefined ? this.#kept : this.#target.snapshot();
  }
}

/** One dictionary per lineage: the longest. */
function longestOfEach(
  dictionaries: readonly (StringDictionary | undefined)[],
): readonly StringDictionary[] {
  const found: StringDictionary[] = [];
  for (const dictionary of dictionaries) {
    if (dictionary === undefined) continue;
    const at = found.findIndex((other) => isSame(other, dictionary));
    if (at < 0) found.push(dictionary);
    else if (dictionary.count > found[at]!.count) found[at] = dictionary;
  }
  return found;
}

function isSame(a: StringDictionary, b: StringDictionary): boolean {
  return a === b || (a.lineage !== undefined && a.lineage === b.lineage);
}
