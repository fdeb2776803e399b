// Opens a folder in Visual Studio Code, as a person does, and prints what is to be seen, as JSON.
//
//     node drive.js MODULES BROWSER URL FOLDER FIXED PICTURES
//
// The main file of FOLDER has an error; the text FIXED has none.
"use strict";

const fs = require("fs");
const path = require("path");

const [modules, browserPath, url, folder, fixed, pictures] = process.argv.slice(2);
const { chromium } = require(path.join(modules, "playwright-core"));

// Longest wait for something to appear, in milliseconds.
const PATIENCE = 90_000;

// What the extension paints blue code with.
const BLUE = "rgb(74, 158, 218)";

async function open(page) {
  await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
  await page.getByRole("treeitem", { name: /main\.spy/ }).dblclick();
  await page.locator(".squiggly-error").first().waitFor();
}

// Lenses are drawn again whenever something changes, and have no text until they are laid out.
async function lenses(page, count) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const shown = await page.locator(".codelens-decoration a").allInnerTexts();
    if (shown.filter((text) => text !== "").length >= count || Date.now() > until) {
      return shown;
    }
    await page.waitForTimeout(200);
  }
}

// The colour of a word of the text.
async function color(page, word) {
  const token = page.locator(".view-lines span span", { hasText: new RegExp(`^${word}$`) }).last();
  return token.evaluate((element) => getComputedStyle(element).color);
}

// The same, when the server has said what the word is: it is coloured by the grammar before.
async function finalColor(page, word, wanted) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const shown = await color(page, word);
    if (shown === wanted || Date.now() > until) {
      return shown;
    }
    await page.waitForTimeout(200);
  }
}

async function text(page, place) {
  const shown = await page.locator(place).allInnerTexts();
  return shown.join("\n").replaceAll("\u00a0", " ");
}

async function waitForText(page, place, wanted) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const shown = await text(page, place);
    if (shown.includes(wanted) || Date.now() > until) {
      return shown;
    }
    await page.waitForTimeout(200);
  }
}

async function main() {
  const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(PATIENCE);
  const seen = {};
  try {
    await open(page);
    seen.lenses = await lenses(page, 5);
    seen.text = await waitForText(page, ".view-lines", "= 120");
    seen.problems = await page.locator("#status\\.problems").innerText();
    seen.blue = await finalColor(page, "LIMIT", BLUE);
    seen.red = await color(page, "given");
    await page.screenshot({ path: path.join(pictures, "errors.png") });
    // Somebody else writes the file.
    fs.copyFileSync(fixed, path.join(folder, "main.spy"));
    await page.locator(".squiggly-error").first().waitFor({ state: "hidden" });
    await page.locator(".codelens-decoration a", { hasText: "Show redshifted" }).last().click();
    seen.redshifted = await waitForText(page, ".view-lines", "println");
    await page.locator(".codelens-decoration a", { hasText: "Run test" }).first().click();
    seen.terminal = await waitForText(page, ".xterm-rows", "passed");
    await page.screenshot({ path: path.join(pictures, "tests.png") });
  } catch (error) {
    seen.error = String(error);
    await page.screenshot({ path: path.join(pictures, "failed.png") });
  }
  console.log(JSON.stringify(seen));
  await browser.close();
}

main();
