/**
 * The dashboard in a real browser against a live cluster of three brokers (issue: operations in the same process).
 * Errors on the console and breaches of the content security policy fail it.
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { findBrowser, TestBrowser, type WatchedPage, type Window } from "../harness/browser.ts";
import { DemoProcess } from "../harness/demo.ts";

const browserPath = findBrowser();
const MOVES_WITHIN_MS = 60_000;

const windows: readonly Window[] = [
  { width: 360, height: 780, colours: "dark" },
  { width: 1920, height: 1080, colours: "light" },
];

const screens = [
  "#/",
  "#/brokers",
  "#/topics",
  "#/topics/orders",
  "#/topics/orders/records",
  "#/topics/orders/configs",
  "#/groups",
  "#/groups/billing",
  "#/flow",
  "#/quorum",
  "#/laboratory",
];

async function go(page: Page, place: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, place);
}

/** A dialog, while it is open. */
const dialog = (page: Page) => page.getByRole("dialog");

/** Waits until a text is there, however long clusters take. */
async function shows(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: MOVES_WITHIN_MS });
}

function figure(page: Page, label: string) {
  return page.locator(".figures div").filter({ has: page.getByText(label, { exact: true }) }).locator("dd");
}

async function overviewMoves({ page, bytes }: WatchedPage, url: string): Promise<void> {
  await page.goto(url);
  await shows(page, ".side footer", "All well");
  assert.equal(await figure(page, "Brokers serving").innerText(), "3\u00a0of 3");
  await page.waitForFunction(
    () => {
      const items = [...document.querySelectorAll(".figures div")];
      const figure = (label: string) =>
        items.find((one) => one.textContent?.startsWith(label))?.querySelector("dd");
      const moves = (label: string) => parseFloat(figure(label)?.textContent ?? "0") > 0;
      return moves("Records in") && moves("Records to groups");
    },
    undefined,
    { timeout: MOVES_WITHIN_MS },
  );
  assert.equal(await page.locator("figure canvas").count(), 4);
  const sent = await bytes();
  assert(sent > 10_000 && sent < 150_000, `the page took ${sent} bytes`);
}

async function brokersShowWhoLeads({ page }: WatchedPage): Promise<void> {
  await go(page, "#/brokers");
  for (const id of [1, 2, 3]) await page.getByRole("article", { name: `Broker ${id}` }).waitFor();
  await shows(page, "article", "Active controller");
  assert.equal(await page.locator(".rack h2").first().innerText(), "rack-a");
  // 6 partitions of orders, 3 of payments, 8 of sensor-readings.
  assert.equal(await page.locator(".map .gate.leader").count(), 17);
  assert.equal(await page.locator(".map .gate").count(), 3 * 17);
}

async function topicsCanBeMadeFilledAndChanged({ page, complaints }: WatchedPage): Promise<void> {
  await go(page, "#/topics");
  await page.getByRole("button", { name: "Create a topic" }).click();
  const create = dialog(page).getByRole("button", { name: "Create" });
  assert.equal(await create.isDisabled(), true);
  await dialog(page).getByLabel("Name").fill("orders");
  await create.click();
  // What the broker says stands where it was asked.
  await dialog(page).getByRole("alert").filter({ hasText: /exists/i }).waitFor();
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !one.includes("409")));
  await dialog(page).getByLabel("Name").fill("made-here");
  await dialog(page).getByLabel("Partitions").fill("2");
  await dialog(page).getByLabel("Configs").fill("retention.ms=3600000");
  await create.click();
  await page.getByRole("heading", { name: "made-here", level: 1 }).waitFor();
  await shows(page, ".page-head", "In sync");

  await page.getByRole("button", { name: "Send a record" }).click();
  await dialog(page).getByLabel("Key").fill("k-1");
  await dialog(page).getByLabel("Value").fill('{"id":12345678901234567890,"state":"paid"}');
  await dialog(page).getByRole("button", { name: "Send" }).click();
  await shows(page, "dialog .note", /Stored in partition \d at offset 0/);
  await dialog(page).getByLabel("Value").fill("not json");
  await dialog(page).getByRole("button", { name: "Send" }).click();
  await shows(page, "dialog .note", /at offset 1/);
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
}

async function recordsAreFoundAndShown({ page }: WatchedPage): Promise<void> {
  await page.getByRole("link", { name: "Records", exact: true }).click();
  await shows(page, ".records tbody", "not json");
  await page.getByLabel("Value contains").fill("PAID");
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await shows(page, ".panel", /1 record of 2 looked at, which is all/);
  await page.getByRole("button", { name: /^Record 0 of partition/ }).click();
  assert.equal(
    await page.locator("tr.detail pre.json").innerText(),
    '{\n  "id": 12345678901234567890,\n  "state": "paid"\n}',
  );
  await page.getByLabel("Begin with").selectOption("time");
  await page.getByLabel("Time").fill("2001-01-01T00:00:00");
  await page.getByLabel("Value contains").fill("");
  await page.getByLabel("Key contains").fill("k-1");
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await shows(page, ".panel", /2 records of 2 looked at/);
}

async function recordsAreFollowed({ page }: WatchedPage, url: string): Promise<void> {
  await page.getByLabel("Key contains").fill("");
  await page.getByLabel("Begin with").selectOption("follow");
  await page.getByRole("button", { name: "Follow" }).click();
  await shows(page, ".panel", "Waiting for the next record");
  // The stream says nothing of when it begins, so records are sent until one is seen.
  let isSeen = false;
  const seen = shows(page, ".records tbody", /new: \d+/).then(() => isSeen = true);
  for (let sent = 0; !isSeen && sent < 200; sent++) {
    const answer = await fetch(`${url}topics/made-here/produce`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ value: `new: ${sent}` }),
    });
    assert.equal(answer.status, 200, await answer.text());
    await page.waitForTimeout(100);
  }
  await seen;
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
}

async function configsChange({ page }: WatchedPage): Promise<void> {
  await page.getByRole("link", { name: "Configs" }).click();
  const row = page.getByRole("row").filter({ hasText: /^retention\.ms/ });
  await shows(page, "tr", /^retention\.ms\s*3600000\s*this topic/);
  await row.getByRole("button").click();
  await dialog(page).getByLabel("Value").fill("7200000");
  await dialog(page).getByRole("button", { name: "Set" }).click();
  await shows(page, "tr", /^retention\.ms\s*7200000\s*this topic/);
  await row.getByRole("button").click();
  await dialog(page).getByLabel("Back to what holds by default").check();
  await dialog(page).getByRole("button", { name: "Set" }).click();
  await page.locator("tr").filter({ hasText: /^retention\.ms.*this topic/ }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "More partitions" }).click();
  await dialog(page).getByLabel("Partitions then").fill("4");
  await dialog(page).getByRole("button", { name: "Add them" }).click();
  await page.getByRole("link", { name: "Partitions", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 4);
}

async function groupsShowLagAndMove({ page }: WatchedPage, url: string): Promise<void> {
  await go(page, "#/groups");
  await page.getByRole("link", { name: "analytics" }).click();
  await shows(page, ".page-head", "Stable");
  assert.equal(await page.getByRole("button", { name: "Move positions" }).isDisabled(), true);
  await shows(page, "td", /^analytics-\d$/);
  await page.getByRole("img", { name: /^Lag of analytics/ }).waitFor();
  const reset = await fetch(`${url}consumer-groups/nobody/reset`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ to: "latest", topics: [{ topic: "made-here" }] }),
  });
  assert.equal(reset.status, 200, await reset.text());
  await go(page, "#/groups/nobody");
  await page.getByRole("button", { name: "Move positions" }).click();
  const move = dialog(page).getByRole("button", { name: "Move", exact: true });
  assert.equal(await move.isDisabled(), true);
  await dialog(page).getByRole("button", { name: "Show what would move" }).click();
  await shows(page, "dialog td", /\d read again/);
  await dialog(page).getByLabel("Type nobody to confirm").fill("nobody");
  await move.click();
  await page.waitForFunction(() => /^[1-9]/.test(document.querySelector(".figures dd")?.textContent ?? ""));
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog(page).getByLabel("Type nobody to confirm").fill("nobody");
  await dialog(page).getByRole("button", { name: "Delete for ever" }).click();
  await page.getByRole("heading", { name: "Groups", level: 1 }).waitFor();
}

async function topicsAreDeletedByName({ page }: WatchedPage): Promise<void> {
  await go(page, "#/topics/made-here");
  await page.getByRole("button", { name: "Delete" }).click();
  const remove = dialog(page).getByRole("button", { name: "Delete for ever" });
  await dialog(page).getByLabel("Type made-here to confirm").fill("made-her");
  assert.equal(await remove.isDisabled(), true);
  await dialog(page).getByLabel("Type made-here to confirm").fill("made-here");
  await remove.click();
  await page.getByRole("heading", { name: "Topics", level: 1 }).waitFor();
  await page.getByRole("link", { name: "made-here" }).waitFor({ state: "detached" });
}

async function flowAndQuorumAreDrawn({ page }: WatchedPage): Promise<void> {
  await go(page, "#/flow");
  await page.waitForFunction(() => document.querySelectorAll(".flow .drops").length >= 5);
  await shows(page, ".flow-words", /orders: .* into 6 partitions;.*billing takes/);
  await go(page, "#/quorum");
  await shows(page, "tr", /Node \d\s*Leader/);
  assert.equal(await page.locator("tr").filter({ hasText: /Node \d\s*Voter/ }).count(), 2);
}

async function keyboardAndThemes({ page }: WatchedPage, url: string): Promise<void> {
  await page.goto(`${url}#/topics`);
  await page.getByRole("heading", { name: "Topics", level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Create a topic");
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole("button", { name: /^Colours: system/ }).click();
  await page.getByRole("button", { name: /^Colours: light/ }).click();
  assert.notEqual(await ground(), light);
  await page.reload();
  await page.getByRole("button", { name: /^Colours: dark/ }).click();
  assert.equal(await ground(), light);
}

/** No screen is wider than its window, and everything that can be used has a name. */
async function everyScreenFits({ page }: WatchedPage, url: string): Promise<void> {
  await page.goto(url);
  for (const screen of screens) {
    await go(page, screen);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForTimeout(1_200);
    const { beyond, nameless } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const used = [...document.querySelectorAll<HTMLElement>("button, a, input, select, textarea")];
      const nameOf = (one: HTMLElement) =>
        one.getAttribute("aria-label") || one.textContent?.trim() ||
        (one as HTMLInputElement).labels?.[0]?.textContent;
      return {
        beyond: scrollWidth - clientWidth,
        nameless: used.filter((one) => !nameOf(one)).map((one) => one.outerHTML),
      };
    });
    assert.deepEqual({ screen, beyond, nameless }, { screen, beyond: 0, nameless: [] });
  }
}

async function act(page: Page, node: string, action: string): Promise<void> {
  await page.getByRole("article", { name: `Node ${node}` }).getByRole("button", { name: action }).click();
  await dialog(page).getByRole("button", { name: `${action} node ${node}` }).click();
  await dialog(page).waitFor({ state: "detached" });
}

/** Kills the node that leads the quorum and serves the page, and sees the others take over. */
async function failuresAreSeen({ page }: WatchedPage): Promise<void> {
  await go(page, "#/brokers");
  await shows(page, ".side footer", "All well");
  const active = page.getByRole("article").filter({ hasText: "Active controller" }).getByRole("heading");
  const id = (await active.innerText()).replace("Broker ", "");
  await go(page, "#/laboratory");
  await page.getByRole("article", { name: `Node ${id}` }).getByRole("button", { name: "Kill" }).click();
  await dialog(page).waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  await shows(page, `article[aria-label="Node ${id}"]`, "Runs");
  await act(page, id, "Kill");
  await shows(page, `article[aria-label="Node ${id}"]`, "Does not run");
  await shows(page, `article[aria-label="Node ${id}"]`, "Fenced");
  await shows(page, ".side footer", "Degraded");
  await shows(page, "article", "Active controller");
  // What it led is led by others, and where it had copies they are behind.
  await page.waitForFunction(
    (column) => {
      const cells = [...document.querySelectorAll(`.map tbody tr td:nth-child(${column + 1})`)];
      return cells.every((cell) => cell.querySelectorAll(".leader, .in-sync").length === 0);
    },
    Number(id),
    { timeout: MOVES_WITHIN_MS },
  );
  assert.equal(await page.locator(".map .gate.leader").count(), 17);
  await act(page, id, "Start");
  await shows(page, ".side footer", "All well");
  await shows(page, `article[aria-label="Node ${id}"]`, "Serves");
}

/** Cuts the active controller off, then lets a node stand still: both are fenced, and come back. */
async function isolationAndPausesAreSeen({ page }: WatchedPage): Promise<void> {
  await go(page, "#/laboratory");
  const active = page.getByRole("article").filter({ hasText: "Active controller" }).getByRole("heading");
  const id = (await active.innerText()).replace("Node ", "");
  for (
    const [node, harm, state, remedy] of [[id, "Isolate", "Isolated", "Heal"], [
      "2",
      "Freeze",
      "Frozen",
      "Thaw",
    ]] as const
  ) {
    await act(page, node, harm);
    await shows(page, `article[aria-label="Node ${node}"]`, state);
    await shows(page, `article[aria-label="Node ${node}"]`, "Fenced");
    await act(page, node, remedy);
    await shows(page, `article[aria-label="Node ${node}"]`, "Serves");
    await shows(page, ".side footer", "All well");
  }
}

Deno.test({
  name: "the dashboard shows a cluster, changes it, and sees it fail and recover",
  ignore: browserPath === null,
  async fn(t) {
    await using demo = await DemoProcess.start();
    await using browser = await TestBrowser.open(browserPath!);
    const shown = await browser.show();
    const { url } = demo;
    const step = (name: string, on: WatchedPage, run: () => Promise<void>) =>
      t.step(name, async () => {
        await run();
        assert.deepEqual(on.complaints, []);
      });
    await step("the overview moves", shown, () => overviewMoves(shown, url));
    await step("brokers show who leads what", shown, () => brokersShowWhoLeads(shown));
    await step("topics can be made and filled", shown, () => topicsCanBeMadeFilledAndChanged(shown));
    await step("records are found and shown", shown, () => recordsAreFoundAndShown(shown));
    await step("records are followed", shown, () => recordsAreFollowed(shown, url));
    await step("configs and partitions change", shown, () => configsChange(shown));
    await step("groups show their lag and can be moved", shown, () => groupsShowLagAndMove(shown, url));
    await step("topics are deleted by name", shown, () => topicsAreDeletedByName(shown));
    await step("flow and quorum are drawn", shown, () => flowAndQuorumAreDrawn(shown));
    const other = await browser.show();
    await step("keyboard and colours", other, () => keyboardAndThemes(other, url));
    for (const window of windows) {
      const fitted = await browser.show(window);
      await step(`every screen fits ${window.width} pixels`, fitted, () => everyScreenFits(fitted, url));
      await fitted.page.close();
    }
    await step("failures are seen", shown, () => failuresAreSeen(shown));
    await step("isolation and pauses are seen", shown, () => isolationAndPausesAreSeen(shown));
    await t.step("Ctrl-C ends it and leaves nothing behind", async () => {
      await shown.page.close();
      assert.equal([...Deno.readDirSync(demo.directory)].length, 1);
      assert.equal(await demo.end(), 0);
      assert.deepEqual([...Deno.readDirSync(demo.directory)], []);
    });
  },
});
