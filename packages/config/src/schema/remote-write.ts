/** `metrics_generator.storage.remote_write`: the YAML of Prometheus. */
import { bool, choice, duration, int, secret, text } from '../scalar-fields.ts';
import { free, list, mapOf, optional, section } from '../composite-fields.ts';

const tlsConfig = section('TLS.', {
  ca: text('', 'Authorities as PEM text.'),
  cert: text('', 'Certificate as PEM text.'),
  key: secret('Key as PEM text.'),
  ca_file: text('', 'Authorities file.'),
  cert_file: text('', 'Certificate file.'),
  key_file: text('', 'Key file.'),
  ca_ref: text('', 'Reference to authorities.'),
  cert_ref: text('', 'Reference to a certificate.'),
  key_ref: text('', 'Reference to a key.'),
  server_name: text('', 'Name expected in the certificate.'),
  insecure_skip_verify: bool(false, 'Accept any certificate.'),
  min_version: text('', 'Oldest TLS version.'),
  max_version: text('', 'Newest TLS version.'),
});

const proxyShape = {
  proxy_url: text('', 'Proxy.'),
  no_proxy: text('', 'Hosts reached without the proxy.'),
  proxy_from_environment: bool(false, 'Take the proxy from the environment.'),
  proxy_connect_header: free({}, 'Headers sent to the proxy.'),
};

const days = { days: true } as const;

/** One remote-write target. */
export const remoteWriteSchema = section('One Prometheus remote-write target.', {
  url: text('', 'URL samples are posted to.'),
  remote_timeout: duration('30s', 'Longest duration of a request.', days),
  headers: mapOf(secret('Value.'), {}, 'Headers of requests.'),
  write_relabel_configs: list(free({}, 'Relabel rule.'), [], 'Rules applied to labels.'),
  name: text('', 'Name of the target.'),
  send_exemplars: bool(false, 'Send exemplars; Tempo always does.'),
  send_native_histograms: bool(false, 'Send native histograms.'),
  round_robin_dns: bool(false, 'Use all addresses of the name in turn.'),
  protobuf_message: choice(
    ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'],
    'prometheus.WriteRequest',
    'Version of the protocol.',
  ),
  basic_auth: optional(
    section('User and password.', {
      username: text('', 'User name.'),
      username_file: text('', 'File of the user name.'),
      username_ref: text('', 'Reference to the user name.'),
      password: secret('Password.'),
      password_file: text('', 'File of the password.'),
      password_ref: text('', 'Reference to the password.'),
    }),
  ),
  authorization: optional(
    section('Authorization header.', {
      type: text('Bearer', 'Kind of credentials.'),
      credentials: secret('Credentials.'),
      credentials_file: text('', 'File of the credentials.'),
      credentials_ref: text('', 'Reference to the credentials.'),
    }),
  ),
  oauth2: optional(
    section('OAuth 2.', {
      client_id: text('', 'Client.'),
      client_secret: secret('Secret of the client.'),
      client_secret_file: text('', 'File of the secret.'),
      client_secret_ref: text('', 'Reference to the secret.'),
      client_certificate_key_id: text('', 'Id of the certificate key.'),
      client_certificate_key: secret('Certificate key.'),
      client_certificate_key_file: text('', 'File of the certificate key.'),
      client_certificate_key_ref: text('', 'Reference to the certificate key.'),
      grant_type: text('', 'Grant.'),
      signature_algorithm: text('', 'Algorithm of signatures.'),
      iss: text('', 'Issuer.'),
      audience: text('', 'Audience.'),
      claims: free({}, 'Claims.'),
      scopes: list(text('', 'Scope.'), [], 'Scopes.'),
      token_url: text('', 'Where tokens come from.'),
      endpoint_params: mapOf(text('', 'Value.'), {}, 'Parameters of token requests.'),
      tls_config: tlsConfig,
      ...proxyShape,
    }),
  ),
  bearer_token: secret('Token.'),
  bearer_token_file: text('', 'File of the token.'),
  tls_config: tlsConfig,
  follow_redirects: bool(true, 'Follow redirects.'),
  enable_http2: bool(false, 'Speak HTTP/2.'),
  ...proxyShape,
  http_headers: optional(free(undefined, 'Headers with values, secrets or files.')),
  queue_config: section('Sending.', {
    capacity: int(10_000, 'Most samples waiting per shard.'),
    max_shards: int(50, 'Most shards.'),
    min_shards: int(1, 'Fewest shards.'),
    max_samples_per_send: int(2000, 'Most samples per request.'),
    batch_send_deadline: duration('5s', 'Longest wait for a full request.', days),
    min_backoff: duration('30ms', 'Shortest wait before a repetition.', days),
    max_backoff: duration('5s', 'Longest wait before a repetition.', days),
    retry_on_http_429: bool(false, 'Repeat after 429.'),
    sample_age_limit: duration('0s', 'Age at which samples are dropped; 0 means never.', days),
  }),
  metadata_config: section('Metadata of series.', {
    send: bool(true, 'Send it.'),
    send_interval: duration('1m', 'Time between sendings.', days),
    max_samples_per_send: int(2000, 'Most entries per request.'),
  }),
  sigv4: optional(
    section('AWS signatures.', {
      region: text('', 'Region.'),
      access_key: text('', 'Access key.'),
      secret_key: secret('Secret key.'),
      profile: text('', 'Profile.'),
      role_arn: text('', 'Role.'),
      external_id: text('', 'External id.'),
      use_fips_sts_endpoint: bool(false, 'Use the FIPS endpoint.'),
      service_name: text('', 'Service that is signed for.'),
    }),
    { nullEnables: true },
  ),
  azuread: optional(free(undefined, 'Azure AD.')),
  google_iam: optional(free(undefined, 'Google IAM.')),
});
