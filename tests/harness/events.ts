/** Server-sent events, as a browser takes them in. */

export interface ServerEvent {
  readonly name: string;
  // deno-lint-ignore no-explicit-any -- tests look at parts of it
  readonly data: any;
}

/** The events of an address, until the caller has seen enough. */
export async function* eventsOf(url: string): AsyncGenerator<ServerEvent> {
  const gone = new AbortController();
  const answer = await fetch(url, { signal: gone.signal });
  if (answer.status !== 200 || answer.body === null) {
    throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = "";
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (text + value).split("\n\n");
      text = parts.pop()!;
      for (const part of parts) {
        const name = /^event: (.*)$/m.exec(part)?.[1] ?? "message";
        yield { name, data: JSON.parse(/^data: (.*)$/m.exec(part)![1]!) };
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
    gone.abort();
  }
}

/** The first event that `isWanted` takes. */
export async function eventWhere(
  url: string,
  isWanted: (event: ServerEvent) => boolean,
): Promise<ServerEvent> {
  for await (const event of eventsOf(url)) if (isWanted(event)) return event;
  throw new Error(`${url}: the events ended`);
}
