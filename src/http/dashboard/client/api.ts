/** Requests to the node that serves the page. */

/** What a request was refused with, in words for the person who made it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The path segments of an address, each escaped. */
export function path(...segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
}

/** Reads JSON; throws {@link ApiError} with what the server says of a refusal (RFC 9457). */
export async function request<T>(
  method: string,
  address: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(method, address, body, signal);
  const text = await response.text();
  let answer: unknown = null;
  try {
    answer = text === "" ? null : JSON.parse(text);
  } catch {
    if (response.ok) throw new ApiError("The answer is not JSON.", response.status);
  }
  if (!response.ok) throw new ApiError(refusal(answer, response), response.status);
  return answer as T;
}

async function send(method: string, address: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, {
      method,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The broker that serves this page does not answer. Is it running?", 0);
  }
}

function refusal(answer: unknown, response: Response): string {
  if (answer !== null && typeof answer === "object") {
    const { title, detail } = answer as { title?: unknown; detail?: unknown };
    const words = [detail, title].filter((one) => typeof one === "string" && one !== "");
    if (words.length > 0) return String(words[0]);
  }
  return `The broker answered ${response.status} ${response.statusText}.`;
}

/** What to show of anything thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
