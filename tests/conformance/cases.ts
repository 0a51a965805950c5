/** The whole suite, part by part. */

import type { Case } from "./case.ts";
import { clockCases } from "./clock.ts";
import { diskCases } from "./disk.ts";
import { durabilityCases } from "./durability.ts";
import { fileCases } from "./file.ts";
import { httpCases } from "./http.ts";
import { networkCases } from "./network.ts";
import { randomCases } from "./random.ts";
import { sendFileCases } from "./send_file.ts";
import { timersCases } from "./timers.ts";

/** Every rule by the part of the platform that it is about. */
export const suite: Readonly<Record<string, readonly Case[]>> = {
  clock: clockCases,
  timers: timersCases,
  random: randomCases,
  file: fileCases,
  disk: [...diskCases, ...durabilityCases],
  network: [...networkCases, ...sendFileCases],
  http: httpCases,
};
