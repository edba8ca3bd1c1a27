/** Reads what an encrypted listener needs: PEM text of the configuration, or the files it names. */
import { ListenError } from './errors.ts';

/** The bytes of a file. */
export type ReadFileBytes = (path: string) => Uint8Array;

/** One part of a certificate in the configuration: as text, in a file, or absent. */
export interface PemSource {
  /** PEM text; empty when not given. */
  readonly text: string;
  /** Path of a file; empty when not given. */
  readonly file: string;
  /** Key of the text, for messages: `server.http_tls_config.cert`. */
  readonly textKey: string;
  readonly fileKey: string;
}

/**
 * The PEM bytes, or undefined when neither text nor file is given.
 *
 * @throws ListenError naming key and path when both are given or the file cannot be read.
 */
export function readPem(source: PemSource, readFile: ReadFileBytes): Uint8Array | undefined {
  const { text, file, textKey, fileKey } = source;
  if (text !== '' && file !== '')
    throw new ListenError(`${textKey} and ${fileKey} are both set; give one of them`);
  if (text !== '') return Buffer.from(text);
  if (file === '') return undefined;
  try {
    return readFile(file);
  } catch (error) {
    const reason = (error as Error).message;
    throw new ListenError(`${fileKey}: cannot read "${file}": ${reason}`, { cause: error });
  }
}

/** Both halves of a certificate, or undefined when neither is given. */
export function readKeyPair(
  certificate: PemSource,
  privateKey: PemSource,
  readFile: ReadFileBytes,
): { readonly certificate: Uint8Array; readonly privateKey: Uint8Array } | undefined {
  const cert = readPem(certificate, readFile);
  const key = readPem(privateKey, readFile);
  if (cert && key) return { certificate: cert, privateKey: key };
  if (!cert && !key) return undefined;
  const [given, missing] = cert ? [certificate, privateKey] : [privateKey, certificate];
  const givenKey = given.file === '' ? given.textKey : given.fileKey;
  throw new ListenError(`${givenKey} is set without ${missing.fileKey} or ${missing.textKey}`);
}
