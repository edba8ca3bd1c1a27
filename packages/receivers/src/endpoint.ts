/** Endpoints of receivers: `host:port` in the configuration. */
import { ListenError, parseEndpoint, type ListenAddress } from '@tempo-ts/server';

/** Where to listen. Throws ListenError naming the key when `endpoint` is not `host:port`. */
export function endpointOf(endpoint: string, configKey: string): ListenAddress {
  const parsed = parseEndpoint(endpoint);
  if (!parsed)
    throw new ListenError(`${configKey}: "${endpoint}" is not an address such as 0.0.0.0:4317`);
  return { ...parsed, configKey };
}
