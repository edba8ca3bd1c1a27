export { VirtualClock } from './virtual-clock.ts';
export { seededRandom } from './seeded-random.ts';
