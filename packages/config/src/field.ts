/**
 * The declaration of one configuration key. A declaration gives everything there is to say about a
 * key, once: its type (the TypeScript type is inferred from it), default, unit, description,
 * checks, whether it is a secret, and whether it does something yet. Reading, `/status/config` and
 * docs/configuration.md all come from it.
 */
import { WORKS, type Availability, type LaterPart } from './availability.ts';
import type { ReadContext } from './read-context.ts';
import type { SourceNode } from './source-node.ts';

/** What is written to YAML. */
export type YamlValue =
  string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** How a key is read, written and described. `T` is the type of its value. */
export interface Field<out T> {
  readonly kind: 'scalar' | 'section' | 'list' | 'map' | 'free';
  /** As the reference calls the type: `duration`, `list of strings`. */
  readonly typeName: string;
  readonly description: string;
  /** Value when nothing is said. */
  readonly default: T;
  /** Value when nothing is said in a place where Tempo starts from zero, not from the defaults. */
  readonly zero: T;
  readonly availability: Availability;
  /** What to use instead; setting the key warns. */
  readonly deprecated?: string;
  /** Of a key that takes one of a few words: the words. */
  readonly choices?: readonly string[];
  /** True when an absent value is not written. */
  readonly optional?: boolean;
  /** Of a section: its keys in the order of declaration. */
  readonly children?: ReadonlyMap<string, Field<unknown>>;
  /** Of a list or map: what it holds. */
  readonly item?: Field<unknown>;
  /**
   * The value `node` stands for. What cannot be read is reported to `context` and `base` is
   * returned. `base` is what keys that are not mentioned keep.
   */
  read(node: SourceNode, context: ReadContext, base: T): T;
  /** The value as YAML; `secret` decides what is written for a secret. */
  write(value: T, options: WriteOptions): YamlValue | undefined;
}

export interface WriteOptions {
  /** Keys for which this returns false are left out; sections that become empty as well. */
  readonly keep?: (path: string, field: Field<unknown>, value: unknown) => boolean;
  /** Dotted path of the value being written. */
  readonly path: string;
}

/** The type of a field's value. */
export type ValueOf<F> = F extends Field<infer T> ? T : never;

/** What most declarations may say besides default and description. */
export interface FieldOptions {
  /** The part it belongs to does not work yet. */
  readonly later?: LaterPart;
  /** It has no counterpart in this implementation, for this reason. */
  readonly noEffect?: string;
  /** What to use instead. */
  readonly deprecated?: string;
}

/** The parts of a field that come from its options. */
export function describedBy(
  description: string,
  options: FieldOptions,
): { description: string; availability: Availability; deprecated?: string } {
  let availability = WORKS;
  if (options.later) availability = { kind: 'later', part: options.later };
  if (options.noEffect) availability = { kind: 'no_effect', why: options.noEffect };
  return {
    description,
    availability,
    ...(options.deprecated === undefined ? {} : { deprecated: options.deprecated }),
  };
}
