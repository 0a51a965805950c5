/** A browser for the tests of the dashboard. Whatever the page complains about is kept, for the test to look at. */

import { type Browser, chromium, type Page } from "playwright-core";
import { hasProgram } from "./deno_path.ts";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** The browser's path; null where there is none (on CI that fails). */
export function findBrowser(): string | null {
  const chosen = Deno.env.get("SLUICE_CHROMIUM");
  if (chosen !== undefined) return chosen;
  const found = names.find((name) => onPath(name));
  if (found !== undefined) return onPath(found);
  hasProgram(names[0]!);
  return null;
}

function onPath(name: string): string | null {
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if (Deno.statSync(`${directory}/${name}`).isFile) return `${directory}/${name}`;
    } catch {
      // It is in another directory, or nowhere.
    }
  }
  return null;
}

/** How a page is shown. */
export interface Window {
  readonly width: number;
  readonly height: number;
  readonly colours: "light" | "dark";
}

export const wideWindow: Window = { width: 1440, height: 900, colours: "light" };

/** A page, with what went wrong on it: errors on the console, uncaught ones, and breaches of its policy. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
  /** Bytes that came over the wire, streams left out. */
  bytes(): Promise<number>;
}

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(executablePath: string): Promise<TestBrowser> {
    // Containers have no user namespaces to build the sandbox from.
    return new TestBrowser(
      await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] }),
    );
  }

  async show({ width, height, colours }: Window = wideWindow): Promise<WatchedPage> {
    const page = await this.#browser.newPage({ viewport: { width, height }, colorScheme: colours });
    page.setDefaultTimeout(20_000);
    const complaints: string[] = [];
    const sizes: Promise<number>[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error.stack ?? error)));
    page.on("requestfinished", (request) => {
      sizes.push(request.sizes().then((size) => size.responseBodySize + size.responseHeadersSize, () => 0));
    });
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} refuses ${event.blockedURI}`);
      });
    });
    const bytes = async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    return { page, complaints, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
