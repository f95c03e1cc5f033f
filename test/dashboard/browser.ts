/* A headless Chromium for tests of the page, where one is installed: Debian's, or the one whose path MIDGE_CHROMIUM is. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findProgram } from '../engines/installed.js';

/** Its path, or undefined. */
export function findChromium(): string | undefined {
  return findProgram(process.env['MIDGE_CHROMIUM'] ?? 'chromium');
}

/** What a page did that it must not: errors on its console, requests to anything but the dashboard. */
export interface Watched {
  readonly page: Page;
  readonly faults: string[];
  /** Every URL asked for. */
  readonly requests: string[];
}

/** Opens a page in a browser of its own, which ends with the test and leaves no file. */
export async function openPage(t: ExecutionContext, executablePath: string, url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'midge-chromium-'));
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  let context: BrowserContext;
  try {
    context = await chromium.launchPersistentContext(folder, {
      executablePath, headless: true, ...options,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
  } catch (thrown) {
    await removeFolder();
    throw thrown;
  }
  t.teardown(async () => {
    await context.close();
    await removeFolder();
  });
  // Reached by failures only, however slow the machine is.
  context.setDefaultTimeout(120_000);
  const page = context.pages()[0] ?? await context.newPage();
  const faults: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) faults.push(message.text()); });
  page.on('pageerror', (error) => { faults.push(error.message); });
  page.on('request', (one) => {
    requests.push(one.url());
    if (!one.url().startsWith(url)) faults.push(`a request to ${one.url()}`);
  });
  await page.goto(url);
  return { page, faults, requests };
}
