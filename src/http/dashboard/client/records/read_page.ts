/** Reads records of a partition by the REST interface. */

import { ApiError, path, request } from "../api.ts";
import type { RecordPage } from "./scan.ts";

const UNPROCESSABLE = 422;

/** A page; where the partition does not reach to an offset, what there is from its beginning, or nothing. */
export async function readPage(
  topic: string,
  partition: number,
  position: string,
  limit: number,
): Promise<RecordPage> {
  const read = (offset: string) => {
    const query = new URLSearchParams({ offset, limit: String(limit) });
    return request<RecordPage>("GET", `${path("topics", topic, "partitions", partition)}/consume?${query}`);
  };
  try {
    return await read(position);
  } catch (error) {
    const isOutside = error instanceof ApiError && error.status === UNPROCESSABLE && /^\d+$/.test(position);
    if (!isOutside) throw error;
    const bounds = await read("latest");
    return Number(position) < bounds.startOffset ? await read(String(bounds.startOffset)) : bounds;
  }
}
