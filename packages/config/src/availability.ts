/**
 * Which parts of Tempo's configuration do something here. Every key Tempo knows is parsed and
 * validated; a key whose part does not work yet warns when it is used. When a part starts to work,
 * its entry here goes and the compiler names the keys to release.
 */

interface LaterPartFacts {
  /** Noun phrase: `rings over several processes`. */
  readonly title: string;
  readonly plural?: boolean;
  /** What it means for the operator that the part is missing. */
  readonly explain: string;
}

/** Parts of Tempo that are configured but not built yet, with what that means for the operator. */
export const LATER_PARTS = {
  compaction: {
    title: 'compaction',
    explain: 'blocks are stored, queried and deleted by age, but not merged',
  },
  metricsGenerator: {
    title: 'the metrics-generator',
    explain: 'no metrics are generated from spans and nothing is remote-written',
  },
  otherReceivers: {
    title: 'this receiver',
    explain: 'nothing listens for it; spans are received by OTLP over gRPC and HTTP',
  },
  objectStores: {
    title: 'this object store',
    explain: 'blocks can be kept on the local disk only (storage.trace.backend: local)',
  },
  blockVersions: {
    title: 'other block versions than vParquet4',
    plural: true,
    explain: 'blocks are written as vParquet4',
  },
  rings: {
    title: 'rings over several processes',
    plural: true,
    explain: 'all components run in one process with an in-memory ring',
  },
  separateProcesses: {
    title: 'running components in separate processes',
    explain: 'all components run in one process (target: all)',
  },
  caches: { title: 'caching', explain: 'nothing is cached outside the process' },
  forwarders: { title: 'forwarders', plural: true, explain: 'spans are not forwarded' },
  userConfigurableOverrides: {
    title: 'user-configurable overrides',
    plural: true,
    explain: 'limits come from overrides.defaults and the per-tenant file only',
  },
  costAttribution: {
    title: 'cost attribution',
    explain: 'bytes are not attributed and /usage_metrics is not served',
  },
  kafka: { title: 'the Kafka write path', explain: 'spans are written to ingesters directly' },
  blockBuilder: { title: 'the block-builder', explain: 'ingesters build all blocks' },
  liveStore: { title: 'the live-store', explain: 'ingesters answer queries for recent data' },
  backendScheduler: {
    title: 'the backend-scheduler and its workers',
    plural: true,
    explain: 'no jobs are scheduled',
  },
  tls: {
    title: 'TLS between components',
    explain: 'connections this process makes are not encrypted; listeners can be',
  },
  hedging: { title: 'request hedging', explain: 'slow requests are waited for, not repeated' },
  externalTraces: {
    title: 'looking up traces in an external endpoint',
    explain: 'traces are looked up in ingesters and blocks only',
  },
  jobWeights: { title: 'job weights', plural: true, explain: 'every job counts as one' },
  mcp: { title: 'the MCP server', explain: '/api/mcp answers 404' },
} as const satisfies Record<string, LaterPartFacts>;

export type LaterPart = keyof typeof LATER_PARTS;

/** `compaction is not available yet`. */
export function describeMissing(part: LaterPart): string {
  const facts: LaterPartFacts = LATER_PARTS[part];
  return `${facts.title} ${facts.plural ? 'are' : 'is'} not available yet`;
}

/** What it means for the operator that `part` is missing. */
export function explainMissing(part: LaterPart): string {
  return LATER_PARTS[part].explain;
}

/** Whether a key does something. */
export type Availability =
  | { readonly kind: 'works' }
  /** Parsed and validated now; using it warns until the part works. */
  | { readonly kind: 'later'; readonly part: LaterPart }
  /** Has no counterpart in this implementation; setting it warns. */
  | { readonly kind: 'no_effect'; readonly why: string };

export const WORKS: Availability = { kind: 'works' };

/** How the reference and warnings call it: `accepted (compaction)`. */
export function describeAvailability(availability: Availability): string {
  switch (availability.kind) {
    case 'works':
      return 'works';
    case 'later':
      return `accepted (${LATER_PARTS[availability.part].title})`;
    case 'no_effect':
      return `no effect (${availability.why})`;
  }
}
