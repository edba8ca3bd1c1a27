/**
 * What the compactor needs of the configuration and of tenants' limits. Names are those of the YAML,
 * so `config.compactor` and a tenant's limits fit as they are. Durations are milliseconds.
 */

/** The part of the `compactor` block that works. */
export interface CompactorConfig {
  /** Do nothing at all. */
  readonly disabled: boolean;
  readonly compaction: {
    /** Age of a block's end from which it is removed; 0 keeps blocks for ever. */
    readonly block_retention: number;
    /** How long the objects of a removed block stay. */
    readonly compacted_block_retention: number;
    /** Tenants handled at once; 0 means 10. */
    readonly retention_concurrency: number;
    /** Time between passes. */
    readonly compaction_cycle: number;
  };
}

/** Where the limits of a tenant come from; asked again in every pass. */
export interface CompactorOverrides {
  limits(tenant: string): {
    readonly compaction: {
      /** 0: the compactor's own value. */
      readonly block_retention: number;
      /** Neither merge nor remove blocks of this tenant. */
      readonly compaction_disabled: boolean;
    };
  };
}
