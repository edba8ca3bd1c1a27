export type ServiceImplementation = Readonly<Record<string, unknown>>;
