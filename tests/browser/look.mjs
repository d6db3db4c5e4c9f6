// Opens pages in a real Chromium as a script of steps (JSON on standard input) says, and prints what it saw (JSON).
//
// {program, libraries, profile, origin, views: [{path, locale, width, script, wait, screenshot, click, choose, type}]}
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const job = JSON.parse(readFileSync(0, "utf8"));
const browser = await chromium.launch({
  executablePath: job.program,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--no-proxy-server", "--disable-background-networking"],
  env: { ...process.env, LD_LIBRARY_PATH: job.libraries },
  timeout: 60_000,
});
const TALLEST_PICTURE = 16_000; // CSS pixels
const seen = [];
try {
  for (const view of job.views) {
    const context = await browser.newContext({
      locale: view.locale,
      viewport: { width: view.width ?? 1280, height: 900 },
      javaScriptEnabled: view.script ?? true,
    });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const told = [], requests = [], failed = [], parts = [];
    page.on("console", (message) => told.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => told.push(`pageerror: ${error.message}`));
    const methods = new Set();
    page.on("request", (request) => {
      requests.push(request.url());
      methods.add(request.method());
    });
    page.on("requestfailed", (request) => failed.push(request.url()));
    page.on("response", (response) => {
      if (new URL(response.url()).pathname.startsWith("/parts/")) parts.push(response.status());
    });
    if (view.script ?? true) {
      await page.addInitScript(() => {
        window.violations = [];
        document.addEventListener("securitypolicyviolation", (event) => {
          window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
        });
      });
    }
    const answer = await page.goto(job.origin + view.path, { waitUntil: "load" });
    if (view.click) {
      await page.click(view.click);
      await page.waitForLoadState("load");
    }
    if (view.choose) {
      await page.setInputFiles(view.choose.input, view.choose.file);
      if (view.choose.arrive) await page.waitForURL((url) => url.search.includes(view.choose.arrive));
    }
    if (view.type) {
      await page.fill(view.type.input, view.type.text);
      await page.keyboard.press("Enter");
      if (view.type.arrive) await page.waitForURL((url) => url.search.includes(view.type.arrive));
    }
    if (view.wait) await page.waitForResponse((response) => new URL(response.url()).pathname === view.wait);
    await page.evaluate(() => document.fonts.ready.then(() => null));
    const found = await page.evaluate(() => ({
      language: document.documentElement.lang,
      title: document.title,
      text: document.body.innerText,
      headings: [...document.querySelectorAll("h1, h2, h3")].map((each) => `${each.tagName} ${each.innerText}`),
      tables: [...document.querySelectorAll("table")].map((table) => ({
        caption: table.caption?.innerText ?? "",
        rows: [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim())),
      })),
      fonts: [...document.fonts].filter((font) => font.status === "loaded").map((font) => font.family),
      violations: window.violations ?? [],
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      unnamed: [...document.querySelectorAll("input")].filter((each) => !each.labels.length).length,
      unlabelled: [...document.querySelectorAll("a, button")].filter((each) => !each.innerText.trim()).length,
    }));
    if (view.focus) {
      await page.keyboard.press("Tab");
      found.focused = await page.evaluate(() => document.activeElement.innerText);
    }
    if (view.screenshot) {
      // No picture is taller than what a graphics library holds in one piece: of a taller page its first screen.
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.screenshot({ path: view.screenshot, fullPage: height <= TALLEST_PICTURE });
    }
    seen.push({ status: answer.status(), headers: await answer.allHeaders(), told, requests, methods: [...methods], failed, parts, ...found });
    await context.close();
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
