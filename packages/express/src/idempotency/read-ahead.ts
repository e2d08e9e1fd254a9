/** The whole body of a request, read without taking it from whoever reads it next. */
import type { IncomingMessage } from 'node:http';

/**
 * The body is taken out of the stream's buffer chunk by chunk, without letting the stream come to its end, and put
 * back as one. (`read(n)` of exactly what there is does not end a stream; `unshift` is allowed until it has ended.)
 *
 * @param bytesMax - more than this is 'too large': what has been read is dropped.
 * @param callback - is called once, and not in the turn of the call: a body without bytes may be complete by then, and
 *   a listener for `readable` would end its stream.
 */
export function readAhead(
  request: IncomingMessage,
  bytesMax: number,
  callback: (body: Buffer | 'too large' | 'aborted') => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const encoding = request.readableEncoding ?? undefined;
  const settle = (result: Buffer | 'too large' | 'aborted'): void => {
    request.off('readable', read);
    request.off('close', abort);
    request.off('error', abort);
    callback(result);
  };
  const abort = (): void => settle('aborted');
  const read = (): void => {
    while (request.readableLength > 0) {
      const read = request.read(request.readableLength) as Buffer | string | null;
      if (read === null) break;
      // A string where somebody has set an encoding.
      const chunk = typeof read === 'string' ? Buffer.from(read, encoding) : read;
      bytes += chunk.length;
      if (bytes > bytesMax) {
        settle('too large');
        return;
      }
      chunks.push(chunk);
    }
    if (!request.complete) return;
    const body = Buffer.concat(chunks, bytes);
    if (bytes > 0) request.unshift(encoding === undefined ? body : body.toString(encoding), encoding);
    settle(body);
  };
  setImmediate(() => {
    if (request.destroyed) callback('aborted');
    else if (request.complete && request.readableLength === 0) callback(Buffer.alloc(0));
    else request.on('readable', read).on('close', abort).on('error', abort);
  });
}
