/** The frames that real clients and a real Apache Kafka exchanged (tests/golden/wire), as bytes. */

/** A request and its response without their lengths. */
export interface GoldenExchange {
  readonly apiKey: number;
  readonly version: number;
  readonly client: string;
  readonly request: Uint8Array;
  readonly response: Uint8Array | null;
}

const folder = new URL("../golden/wire/", import.meta.url);

/** All recorded exchanges, in the order of their API keys. */
export function goldenExchanges(): GoldenExchange[] {
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) => /^\d/.test(name));
  return files.sort().flatMap((file) =>
    Deno.readTextFileSync(new URL(file, folder)).trim().split("\n").map((line) => {
      const { apiKey, version, client, request, response } = JSON.parse(line);
      return {
        apiKey,
        version,
        client,
        request: Uint8Array.fromHex(request),
        response: response === null ? null : Uint8Array.fromHex(response),
      };
    })
  );
}
