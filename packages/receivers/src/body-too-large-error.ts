/** A request body that is longer than the receiver takes. */
import { HttpError } from '@tempo-ts/server';

/** 413; names the limit and the key that sets it. */
export class BodyTooLargeError extends HttpError {
  constructor(maxBytes: number) {
    super(413, `request body is larger than max_request_body_size ${maxBytes} bytes`);
  }
}
