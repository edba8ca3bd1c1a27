export { describeObjectStore, type StoreUnderTest } from './object-store-contract.ts';
export { FaultyObjectStore, InjectedFaultError, type FaultMoment } from './faulty-object-store.ts';
