/** Plain counters of one server, bumped on the hot path and read by whoever exposes metrics. */

/** What happened to the requests of one API. */
export class ApiStats {
  requests = 0;
  requestBytes = 0;
  responseBytes = 0;
  /** Milliseconds between the last byte of a request and its response being encoded, summed. */
  totalMs = 0;
}

/** What happened on one server since it started. */
export class ServerStats {
  connectionsOpened = 0;
  connectionsOpen = 0;
  connectionsRefused = 0;
  /** Connections closed because of what their client sent. */
  protocolErrors = 0;
  readonly #apis: ApiStats[] = [];

  api(key: number): ApiStats {
    return this.#apis[key] ??= new ApiStats();
  }
}
