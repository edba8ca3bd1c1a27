/**
 * Decides whether an answer to a metrics example is the recorded one. The order of series and labels
 * is free; values agree in nine digits.
 */

interface LabelJson {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface AnsweredSeries {
  readonly labels: readonly LabelJson[];
  readonly samples?: readonly { readonly timestampMs: string; readonly value?: number }[];
  readonly value?: number;
}

/** Series as examples write them: samples are `[seconds since the start of the data set, value]`. */
export interface ExpectedSeries {
  /** A value without a type is a string. */
  readonly labels: Readonly<Record<string, unknown>>;
  readonly samples?: readonly (readonly [seconds: number, value: number])[];
  readonly value?: number;
}

/** What an example says that the answer is; `containsSeries` may be some of the series. */
export interface SeriesExpectation {
  readonly status?: number;
  readonly series?: readonly ExpectedSeries[];
  readonly containsSeries?: readonly ExpectedSeries[];
}

/** True when `body` with `status` is what `expected` says. */
export function areExpectedSeries(
  expected: SeriesExpectation,
  answer: { readonly status: number; readonly json: unknown },
  t0UnixSeconds: number,
): boolean {
  if ((expected.status ?? 200) !== answer.status) return false;
  if (answer.status !== 200) return true;
  const { series = [] } = answer.json as { series?: AnsweredSeries[] };
  const got = series.map((one) => answeredText(one, t0UnixSeconds));
  const wanted = (expected.series ?? expected.containsSeries ?? []).map(expectedText);
  if (!expected.series) return wanted.every((one) => got.includes(one));
  return JSON.stringify(got.toSorted()) === JSON.stringify(wanted.toSorted());
}

function answeredText({ labels, samples, value }: AnsweredSeries, t0: number): string {
  return seriesText(
    labels.map(({ key, value: typed }) => [key, typedText(typed)]),
    samples?.map((sample) => [Number(sample.timestampMs) / 1000 - t0, sample.value ?? 0]),
    samples ? undefined : (value ?? 0),
  );
}

function expectedText({ labels, samples, value }: ExpectedSeries): string {
  return seriesText(
    Object.entries(labels).map(([key, typed]) => [
      key,
      typedText(typeof typed === 'object' ? (typed as Record<string, unknown>) : { string: typed }),
    ]),
    samples,
    value,
  );
}

function typedText(typed: Readonly<Record<string, unknown>>): string {
  const [type, value] = Object.entries(typed)[0]!;
  return `${type.replace('Value', '')}:${String(value)}`;
}

function seriesText(
  labels: readonly (readonly [string, string])[],
  samples: readonly (readonly [number, number])[] | undefined,
  value: number | undefined,
): string {
  return JSON.stringify({
    labels: labels.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    samples: samples?.map(([seconds, one]) => [seconds, rounded(one)]),
    value: value === undefined ? undefined : rounded(value),
  });
}

const rounded = (value: number) => Number(value.toPrecision(9));
