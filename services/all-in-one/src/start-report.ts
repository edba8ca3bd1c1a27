/** What a person who has just started the process wants to know. */
import { effectiveReceivers, type OtlpReceiverConfig, type TempoConfig } from '@tempo-ts/config';

/** Lines for the terminal: where to send spans and how to ask for them. */
export function startReport(config: TempoConfig, version: string): string {
  const api = `${scheme(isEncrypted(config.server.http_tls_config))}://${reachable(config.server.http_listen_address)}:${config.server.http_listen_port}`;
  const prefix = config.server.http_path_prefix + config.http_api_prefix;
  const { backend, local, wal } = config.storage.trace;
  const blocks = backend === 'local' ? local.path : backend;
  return [
    `tempo-ts ${version} is ready`,
    ...otlpLines(config),
    `  ask for a trace   curl ${api}${prefix}/api/traces/<trace id>`,
    `  search            curl -G ${api}${prefix}/api/search --data-urlencode 'q={ status = error }'`,
    `  Grafana           add a Tempo data source with the URL ${api}${prefix}`,
    `  data              log ${wal.path}, blocks ${blocks}`,
    '',
  ].join('\n');
}

function otlpLines(config: TempoConfig): string[] {
  const lines: string[] = [];
  for (const [id, receiver] of Object.entries(effectiveReceivers(config.distributor.receivers))) {
    if (id.split('/', 1)[0] !== 'otlp') continue;
    const { grpc, http } = (receiver as OtlpReceiverConfig).protocols;
    if (grpc)
      lines.push(
        `  send OTLP/gRPC    ${scheme(grpc.tls !== undefined)}://${loopback(grpc.endpoint)}`,
      );
    if (http)
      lines.push(
        `  send OTLP/HTTP    ${scheme(http.tls !== undefined)}://${loopback(http.endpoint)}${http.traces_url_path}`,
      );
  }
  return lines;
}

function scheme(isTls: boolean): string {
  return isTls ? 'https' : 'http';
}

function isEncrypted(tls: TempoConfig['server']['http_tls_config']): boolean {
  return tls.cert !== '' || tls.cert_file !== '';
}

/** An address to connect to for one that is only good to listen on. */
function reachable(host: string): string {
  return host === '' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

function loopback(endpoint: string): string {
  return endpoint.replace(/^(0\.0\.0\.0|\[::\]|localhost)?:/, '127.0.0.1:');
}
