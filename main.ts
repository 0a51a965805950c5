/** The entry of the program: what it is made of is in src/cli. */

import { main } from "./src/cli/main.ts";
import { currentPlatform, currentProcess } from "./src/platform/adapters/current.ts";

const process = await currentProcess();
process.exit(await main(process, currentPlatform));
