// Opens pages in one headless Chromium, each as if it were the first, and tells what it measured of each, as JSON.
// Standard input, a line a page: {"chromium": path, "path": ..., "widths": {"phone": 390, ...}}
const fs = require("fs");
const readline = require("readline");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

// How far anything sticks out of the page to the right, in pixels, and the texts that are cut off or cover others.
function measured() {
  const wide = [...document.querySelectorAll("body *")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && box.right > document.documentElement.clientWidth + 0.5 && getComputedStyle(one).position !== "absolute";
  });
  const small = [...document.querySelectorAll("svg[role=img] text")].map((one) => one.getBoundingClientRect().height);
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    wide: wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)),
    smallest: small.length ? Math.min(...small) : null,
    cut: [...document.querySelectorAll("svg[role=img]")].filter((svg) => {
      const frame = svg.getBoundingClientRect();
      return [...svg.querySelectorAll("text")].some((one) => one.getBoundingClientRect().right > frame.right + 1.5);
    }).length,
  };
}

async function look(browser, page) {
  const context = await browser.newContext({ bypassCSP: true });
  const tab = await context.newPage();
  const requests = [];
  tab.on("request", (request) => requests.push(request.url()));
  await tab.goto(`file://${page.path}`);
  const found = { widths: {} };
  for (const [name, width] of Object.entries(page.widths)) {
    await tab.emulateMedia({ media: name === "phone" ? "screen" : "print" });
    await tab.setViewportSize({ width, height: 844 });
    found.widths[name] = await tab.evaluate(measured);
  }
  found.requests = requests.length;
  found.pdf = (await tab.pdf({ format: "A4" })).length;
  await tab.emulateMedia({ media: "screen" });
  await tab.setViewportSize({ width: 390, height: 844 });
  await tab.evaluate(axe);
  // Every rule is checked; what of a page passes is counted by its rules, and not told element by element.
  const result = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"], selectors: false }));
  found.violations = result.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes[0].html.slice(0, 120)}`);
  found.passed = result.passes.length;
  await context.close();
  return found;
}

(async () => {
  let browser = null;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    browser ??= await chromium.launch({ executablePath: asked.chromium, args: QUIET });
    process.stdout.write(JSON.stringify(await look(browser, asked)) + "\n");
  }
  await browser?.close();
})().catch((error) => { process.stdout.write(JSON.stringify({ error: String(error) }) + "\n"); process.exit(1); });
