/** Joins the tag names that jobs found: distinct, sorted, within the limits. */
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import type { TagPlan, TagsJob } from '../sharders/tag-sharder.ts';
import { BoundedTextSet, type TextSetLimits } from './bounded-text-set.ts';
import { MetadataCost } from './metadata-cost.ts';

/** The order in which scopes are listed. */
const SCOPES: readonly string[] = ['resource', 'span', 'event', 'link', 'instrumentation'];

/** The names per scope, growing. */
export class TagsCombiner {
  readonly #limits: TextSetLimits;
  readonly #cost: MetadataCost;
  readonly #scopes = new Map<string, BoundedTextSet>();

  /** The limits hold for each scope. */
  constructor(plan: TagPlan<TagsJob>, limits: TextSetLimits) {
    this.#cost = new MetadataCost(plan);
    this.#limits = limits;
  }

  add(response: tempopb.SearchTagsV2Response): void {
    this.#cost.add(response.metrics);
    for (const { name, tags } of response.scopes) {
      const names = this.#scopes.get(name) ?? new BoundedTextSet(this.#limits);
      this.#scopes.set(name, names);
      for (const tag of tags) names.add(tag);
    }
  }

  result(): tempopb.SearchTagsV2Response {
    const scopes = [...this.#scopes]
      .map(([name, names]) => ({ name, tags: names.sorted() }))
      .filter(({ tags }) => tags.length > 0)
      .toSorted((a, b) => SCOPES.indexOf(a.name) - SCOPES.indexOf(b.name));
    return create(tempopb.SearchTagsV2ResponseSchema, { scopes, metrics: this.#cost.metrics() });
  }
}
