/** Requests that change something. */
export function send(
  method: 'POST' | 'PUT',
  url: string,
  body: object = {},
  headers: object = {},
): Promise<Response> {
  return fetch(url, {
    method,
    credentials: 'include',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** Resolves with what a good answer says; rejects with what a bad one does. */
export async function readAnswer<T>(answering: Promise<Response>): Promise<T> {
  const response = await answering;
  const body = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(body.error ?? `The answer was ${response.status}.`);
  return body as T;
}
