/** Light or dark: what the system says until the reader says otherwise. */

import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "sluice.theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

export const theme = signal<Theme>("system");

/** Counts up whenever the colours change, for what is drawn on a canvas. */
export const colours = signal(0);

export function chooseTheme(next: Theme): void {
  theme.value = next;
  if (next === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
  try {
    if (next === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing still shows the chosen colours until the page is left.
  }
  colours.value++;
}

export function startTheme(): void {
  chooseTheme(stored());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colours.value++);
}

/** A colour of the style sheet, such as `--water`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
