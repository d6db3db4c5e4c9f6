// Opens a page from a file in a real Chromium without a network and asks it for its verdicts (JSON on standard input).
//
// {program, libraries, page, roots, file, bundles: [base64]}: `file` goes through the page's own form, `bundles` to `verify`.
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
try {
  const context = await browser.newContext({ offline: true });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const told = [], requests = [];
  page.on("console", (message) => told.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => told.push(`pageerror: ${error.message}`));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`file://${job.page}`);
  for (const name of ["log", "chain_id", "register", "anchor"]) await page.fill(`#${name}`, String(job.roots[name]));
  await page.fill("#witnesses", job.roots.witnesses.join("\n"));
  await page.fill("#timestamp", job.roots.timestamp);
  await page.setInputFiles("#file", job.file);
  await page.waitForFunction(() => document.querySelectorAll("#lines tr").length > 1);
  const shown = await page.evaluate(() => ({
    verdict: document.getElementById("verdict").textContent,
    rows: [...document.querySelectorAll("#lines tr")].map((row) => [...row.cells].map((cell) => cell.textContent)),
  }));
  const lines = [];
  for (const bundle of job.bundles) {
    lines.push(await page.evaluate(([encoded, roots]) => {
      const bytes = Uint8Array.from(atob(encoded), (each) => each.charCodeAt(0));
      return verify(bytes, roots);
    }, [bundle, job.roots]));
  }
  if (job.screenshot) await page.screenshot({ path: job.screenshot, fullPage: true });
  const before = [...told];
  // What a page that this policy did not hold could do: load from elsewhere, or run what was put into it.
  const held = await page.evaluate(async () => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
    await fetch("https://example.invalid/").catch(() => null);
    const script = document.createElement("script");
    script.textContent = "window.wasRun = true";
    document.body.append(script);
    await new Promise((done) => setTimeout(done, 50));
    return { violations, wasRun: window.wasRun ?? false };
  });
  console.log(JSON.stringify({ shown, lines, told: before, requests, held }));
} finally {
  await browser.close();
}
