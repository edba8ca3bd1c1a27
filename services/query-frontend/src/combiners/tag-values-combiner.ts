/** Joins the tag values that jobs found: distinct, sorted by type and value, within the limits. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import type { TagPlan, TagValuesJob } from '../sharders/tag-sharder.ts';
import { BoundedTextSet, type TextSetLimits } from './bounded-text-set.ts';
import { MetadataCost } from './metadata-cost.ts';

/** Between type and value in one text; no type contains it. */
const SEPARATOR = ':';

/** The values, growing. */
export class TagValuesCombiner {
  readonly #cost: MetadataCost;
  readonly #values: BoundedTextSet;

  constructor(plan: TagPlan<TagValuesJob>, limits: TextSetLimits) {
    this.#cost = new MetadataCost(plan);
    this.#values = new BoundedTextSet(limits);
  }

  add(response: tempopb.SearchTagValuesV2Response): void {
    this.#cost.add(response.metrics);
    for (const { type, value } of response.tagValues) this.#values.add(type + SEPARATOR + value);
  }

  result(): tempopb.SearchTagValuesV2Response {
    const tagValues = this.#values.sorted().map((text) => {
      const at = text.indexOf(SEPARATOR);
      return { type: text.slice(0, at), value: text.slice(at + 1) };
    });
    return create(tempopb.SearchTagValuesV2ResponseSchema, {
      tagValues,
      metrics: this.#cost.metrics(),
    });
  }
}
