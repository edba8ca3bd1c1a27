export { FakeSpanSink } from './fake-span-sink.ts';
export { receiverEnvironment } from './receiver-environment.ts';
