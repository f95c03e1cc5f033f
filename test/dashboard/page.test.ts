/*
 * The page in a real browser: what a person sees and does. HTTP alone: http.test.ts.
 */
import test from 'ava';
import type { Page } from 'playwright-core';
import { createBroker, serveDashboard } from '../../src/broker/index.js';
import { publish, subscribe } from '../broker/support.js';
import { registerNotRun } from '../engines/installed.js';
import { findChromium, openPage } from './browser.js';
import { hostileTexts, withDashboard } from './support.js';

const binary = findChromium();
const token = 'a token of the tests';
const embedded = 'img, svg, iframe, script, object, style';

function rowNames(page: Page): Promise<string[]> {
  return page.locator('.table-panel tbody th').allTextContents();
}

/** Waits in this process: the page's own policy forbids the evaluation that a wait inside the page would need. */
async function untilRows(page: Page, isSo: (names: string[]) => boolean): Promise<void> {
  const giveUpAt = Date.now() + 120_000;
  for (let names = await rowNames(page); !isSo(names); names = await rowNames(page)) {
    if (Date.now() > giveUpAt) throw new Error(`the table's rows are ${names.join(', ')}`);
    await page.waitForTimeout(50);
  }
}

if (binary === undefined) {
  registerNotRun(test, 'Chromium is installed', 'Chromium is not installed: the tests of the dashboard\'s page were NOT RUN (Debian: apt-get install chromium, or MIDGE_CHROMIUM=path)');
} else {
  for (const [width, colorScheme] of [[1280, 'light'], [360, 'dark']] as const) {
    test.serial(`${width} px, ${colorScheme}: figures, plots, clients, messages and events are live`, (t) =>
      withDashboard({}, async ({ dashboard, broker, join }) => {
        const { page, faults, requests } = await openPage(t, binary, dashboard.url, { viewport: { width, height: 800 }, colorScheme });
        await page.getByText('live', { exact: true }).waitFor();
        t.is(await page.title(), 'Midge broker');
        const writer = await join(5, { clientId: 'writer' });
        await join(4, { clientId: 'idle' });
        await page.locator('.figures div', { hasText: 'Clients connected' }).getByText('2', { exact: true }).waitFor();
        await page.getByText('writer connected from 127.0.0.1, MQTT 5.0').waitFor();
        t.is(await page.locator('canvas').count(), 6);

        const table = page.locator('.table-panel');
        await table.scrollIntoViewIfNeeded();
        await table.getByRole('button', { name: 'writer' }).waitFor();
        await table.getByRole('button', { name: 'Client' }).click();
        await untilRows(page, ([first]) => first === 'idle');
        t.deepEqual(await rowNames(page), ['idle', 'writer']);
        t.is(await table.locator('th[aria-sort=ascending]').textContent(), 'Client');
        await table.getByLabel('Filter').fill('WRI');
        await untilRows(page, ({ length }) => length === 1);
        t.deepEqual(await rowNames(page), ['writer']);
        await page.getByText('1 of 2', { exact: true }).waitFor();

        const messages = page.locator('.messages-panel');
        await messages.getByLabel('Topic filter').fill('s/+');
        await messages.getByLabel('Topic filter').press('Enter');
        await messages.getByText('Watching s/+').waitFor();
        writer.send(publish(5, 's/json', '{"temperature":21.5}', { qos: 1 }));
        await writer.takePacket();
        broker.publish({ topic: 's/cbor', payload: Buffer.from('a16461777364182a', 'hex'), retain: true });
        broker.publish({ topic: 's/bytes', payload: Buffer.from('ff00fe', 'hex') });
        broker.publish({ topic: 's/text', payload: 'plain öäü' });
        broker.publish({ topic: 'other', payload: 'not asked for' });
        await messages.locator('li', { hasText: 's/text' }).waitFor();
        const shown = await messages.locator('pre').all();
        const forms = await Promise.all(shown.map(async (one) => [await one.getAttribute('data-form'), await one.textContent()]));
        t.deepEqual(forms, [['text', 'plain öäü'], ['hex', 'ff 00 fe'], ['cbor', '{"awsd": 42}'], ['json', '{"temperature":21.5}']]);
        t.regex(await messages.locator('li', { hasText: 's/cbor' }).textContent() ?? '', /QoS 0 retained 8 B from the broker/);
        t.regex(await messages.locator('li', { hasText: 's/json' }).textContent() ?? '', /QoS 1 20 B from writer/);
        await messages.getByLabel('Show').selectOption('hex');
        t.is(await messages.locator('pre').last().textContent(), Buffer.from('{"temperature":21.5}').toString('hex').replace(/..(?=.)/g, '$& '));
        await messages.getByRole('button', { name: 'Pause' }).click();
        broker.publish({ topic: 's/paused', payload: 'x' });
        await messages.getByText('5 messages since the start, 1 of them not shown').waitFor();
        t.is(await messages.locator('li').count(), 4);
        await messages.getByRole('button', { name: 'Stop' }).click();
        await messages.getByText('Stopped.').waitFor();

        t.is(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, 'the page is not wider than the screen');
        t.is(await page.evaluate('getComputedStyle(document.body).backgroundColor'), colorScheme === 'light' ? 'rgb(244, 246, 246)' : 'rgb(16, 22, 21)');
        t.deepEqual(faults, []);
        t.true(requests.length > 5);
      }));
  }

  test.serial('a wrong filter is answered in words', (t) =>
    withDashboard({}, async ({ dashboard }) => {
      const { page } = await openPage(t, binary, dashboard.url);
      const messages = page.locator('.messages-panel');
      await messages.getByLabel('Topic filter').fill('a/#/b');
      await messages.getByRole('button', { name: 'Watch' }).click();
      await messages.getByText('"a/#/b" is not a topic filter').waitFor();
      t.true(await messages.getByRole('button', { name: 'Watch' }).isVisible());
    }));

  test.serial('what hostile peers call themselves and send is shown as text, and nothing of it runs', (t) =>
    withDashboard({ token }, async ({ dashboard, broker, join }) => {
      const { page, faults } = await openPage(t, binary, dashboard.url);
      await page.getByText('live', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Watch' }).click();
      await page.getByText('Watching #').waitFor();
      const elementsBefore = await page.locator(embedded).count();
      for (const text of hostileTexts) {
        const client = await join(5, { clientId: text });
        client.send(subscribe(5, 1, `f/${text.replaceAll(/[+#]/g, '')}`, 0));
        await client.takePacket();
        broker.publish({ topic: `t/${text}`, payload: text, retain: true });
      }
      const worst = await join(5, { clientId: hostileTexts[0] });
      worst.send('3600');
      await page.locator('.messages-panel .topic', { hasText: `t/${hostileTexts.at(-1)}` }).first().waitFor();
      await page.locator('.table-panel').scrollIntoViewIfNeeded();
      for (const text of hostileTexts.slice(1)) {
        await untilRows(page, (names) => names.includes(text));
        await page.locator('.table-panel').getByRole('button', { name: text, exact: true }).click();
        await page.locator('#detail').getByText('Subscriptions').waitFor();
        t.is(await page.locator('#detail-title').textContent(), text);
        await page.keyboard.press('Escape');
      }
      await page.getByText('QoS 3').or(page.getByText('MQTT-3.3.1-4')).first().waitFor();
      t.is(await page.evaluate('window.harmed'), undefined);
      t.is(await page.locator(embedded).count(), elementsBefore);
      t.deepEqual(faults, []);
    }));

  test.serial('the token on the page: wrong, right, then acting; it is in no URL', (t) =>
    withDashboard({ token }, async ({ dashboard, broker, join }) => {
      const { page, faults, requests } = await openPage(t, binary, dashboard.url, { viewport: { width: 360, height: 740 } });
      const one = await join(5, { clientId: 'one' });
      t.is(await page.getByRole('button', { name: 'Publish a message' }).count(), 0);
      await page.getByRole('button', { name: 'Enter token…' }).click();
      await page.locator('#token-input').fill('not this one, not at all');
      await page.keyboard.press('Enter');
      await page.getByText('That is not the token.').waitFor();
      await page.locator('#token-input').fill(token);
      await page.keyboard.press('Enter');
      const form = page.locator('form.action', { hasText: 'Publish a message' });
      await form.getByLabel('Topic').fill('from/page');
      t.is(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, 'the page is not wider than the screen');
      await form.getByLabel('Payload').fill('hello');
      await form.getByLabel('Retain').check();
      await form.getByRole('button').click();
      await form.getByText('published to from/page').waitFor();
      t.is(broker.stats.retainedMessages, 1);
      const clear = page.locator('form.action', { hasText: 'Clear a retained message' });
      await clear.getByLabel('Topic').fill('no/such');
      await clear.getByRole('button').click();
      await clear.getByText('Not done: there is no retained message on "no/such"').waitFor();

      await page.locator('.table-panel').scrollIntoViewIfNeeded();
      await page.locator('.table-panel').getByRole('button', { name: 'one' }).click();
      page.once('dialog', (dialog) => void dialog.dismiss());
      await page.getByRole('button', { name: 'Delete session' }).click();
      t.is(broker.clients().length, 1);
      await page.getByRole('button', { name: 'Disconnect' }).click();
      await page.locator('#detail').getByText('one is disconnected').waitFor();
      t.regex(await one.rest(), /^e0..98/);
      for (const url of requests) t.false(decodeURIComponent(url).includes(token), url);
      // Kept for this tab: a reload needs no second entry.
      await page.reload();
      await page.getByRole('button', { name: 'Publish a message' }).waitFor();
      // The two refusals above are what the browser itself puts on the console.
      t.deepEqual(faults.filter((fault) => !/403|422|404/.test(fault)), []);
    }));

  test.serial('beyond loopback the page asks for the token before it shows anything', (t) =>
    withDashboard({ host: '0.0.0.0', token }, async ({ dashboard }) => {
      const { page } = await openPage(t, binary, dashboard.url);
      await page.getByText('Whoever looks at this dashboard needs its token.').waitFor();
      t.is(await page.locator('section').count(), 0);
      await page.locator('#token-input').fill(token);
      await page.keyboard.press('Enter');
      await page.getByText('live', { exact: true }).waitFor();
      await page.getByText('Clients connected').waitFor();
    }));

  test.serial('a broker that goes is said to be gone; one that comes back is shown again, without a reload', async (t) => {
    const first = createBroker();
    const dashboard = await serveDashboard(first, { port: 0 });
    const { page } = await openPage(t, binary, dashboard.url);
    await page.getByText('live', { exact: true }).waitFor();
    await page.evaluate('window.kept = 1');
    await dashboard.close();
    await first.close();
    await page.getByText('The connection is lost. Trying again…').waitFor();
    const second = createBroker();
    const again = await serveDashboard(second, { port: dashboard.port });
    t.teardown(async () => {
      await again.close();
      await second.close();
    });
    await page.getByText('live', { exact: true }).waitFor();
    t.is(await page.evaluate('window.kept'), 1);
  });

  test.serial('the keyboard alone reaches and uses everything', (t) =>
    withDashboard({}, async ({ dashboard, join }) => {
      await join(5, { clientId: 'one' });
      const { page } = await openPage(t, binary, dashboard.url);
      await page.locator('.table-panel').scrollIntoViewIfNeeded();
      await page.locator('.table-panel .link').waitFor();
      const reached: string[] = [];
      for (let count = 0; count < 40; count++) {
        await page.keyboard.press('Tab');
        reached.push(await page.evaluate('`${document.activeElement.tagName} ${(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()}`'));
      }
      for (const wanted of ['INPUT Filter', 'BUTTON Client', 'BUTTON one', 'INPUT Topic filter', 'BUTTON Watch']) t.true(reached.includes(wanted), `${wanted} in ${reached.join(', ')}`);
      await page.locator('.table-panel .link').focus();
      await page.keyboard.press('Enter');
      await page.locator('#detail').getByText('Subscriptions').waitFor();
      // Fresh rows each second take the focus from nobody.
      await page.keyboard.press('Escape');
      await page.waitForTimeout(2200);
      t.is(await page.evaluate('document.activeElement.textContent'), 'one');
      const unnamed = await page.evaluate(`[...document.querySelectorAll('input, select, textarea, button')]
        .filter(({ labels, textContent }) => !labels?.length && textContent.trim() === '').map(({ outerHTML }) => outerHTML)`);
      t.deepEqual(unnamed, []);
    }));
}
