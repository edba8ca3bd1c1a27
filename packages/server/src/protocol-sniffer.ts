/**
 * Tells HTTP/2 with prior knowledge (gRPC without TLS) from HTTP/1 on one port: every HTTP/2
 * connection starts with a fixed text (RFC 9113, section 3.4) that no HTTP/1 request can start with.
 */
import type { Duplex } from 'node:stream';

const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** What the first bytes of a connection are. */
export type SniffedProtocol = 'http1' | 'http2' | 'undecided';

/** Decides as soon as the bytes allow it. */
export function sniffProtocol(bytes: Uint8Array): SniffedProtocol {
  const length = Math.min(bytes.length, HTTP2_PREFACE.length);
  for (let index = 0; index < length; index += 1)
    if (bytes[index] !== HTTP2_PREFACE[index]) return 'http1';
  return length === HTTP2_PREFACE.length ? 'http2' : 'undecided';
}

/**
 * Reads from `socket` until the protocol is known, puts the bytes back, and calls `decided` once.
 * Not called when the socket ends or breaks before.
 */
export function sniffSocket(socket: Duplex, decided: (protocol: 'http1' | 'http2') => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const onReadable = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const protocol = sniffProtocol(seen);
    if (protocol === 'undecided') return;
    socket.off('readable', onReadable);
    socket.unshift(seen);
    decided(protocol);
  };
  socket.on('readable', onReadable);
  // Reported to nobody: a client that goes away before its first byte is not an event.
  socket.on('error', () => socket.destroy());
}
