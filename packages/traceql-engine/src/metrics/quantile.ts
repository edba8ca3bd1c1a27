/** Quantiles of values of which only the power of two is known (spec §9.6). */

/**
 * The quantile `q` of the counts per power of two, `counts[i]` values up to `bounds[i]`; bounds ascend.
 * Between two bounds that have values it is interpolated on their logarithms. 0 without values.
 */
export function quantileOf(
  q: number,
  bounds: ArrayLike<number>,
  counts: ArrayLike<number>,
): number {
  let total = 0;
  for (let i = 0; i < counts.length; i += 1) total += counts[i]!;
  if (total === 0) return 0;
  const wanted = Math.max(1, Math.ceil(q * total));
  let before = 0;
  let previous = -1;
  for (let i = 0; i < counts.length; i += 1) {
    const count = counts[i]!;
    if (count === 0) continue;
    if (before + count === wanted) return bounds[i]!;
    if (before + count > wanted) {
      const high = Math.log2(bounds[i]!);
      const low = previous < 0 ? high - 1 : Math.log2(bounds[previous]!);
      return 2 ** (low + (high - low) * ((wanted - before) / count));
    }
    before += count;
    previous = i;
  }
  return bounds[previous]!;
}
