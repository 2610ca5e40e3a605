import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

import { Server } from './server';

const FLATS = `
from __future__ import annotations
import datetime as dt
from dataclasses import dataclass
from typing import Literal, Optional

@dataclass
class Owner:
    name: str
    age: int

def predict(area: float, rooms: int, city: Literal["Berlin", "Graz", "Zürich"], owner: Owner, garden: bool = False,
            built: Optional[dt.date] = None, note: str = "", scale: list[float] = [1.0]) -> dict:
    """Estimate the price of a flat."""
    if area < 0:
        raise ValueError("no such flat")
    return {"price": 3 * area + rooms, "city": city, "owner": owner.name, "built": str(built), "note": note, "garden": garden}

def rows(rows: list[dict[str, object]]) -> list:
    """Give the rows back."""
    return rows

def picture(image: bytes) -> bytes:
    """Give a picture back."""
    return image

def hello(name: str, times: int = 1) -> str:
    """Greet somebody."""
    return "Hello " + name + "!" * times

def post_say(REQUEST):
    return REQUEST
`;
const FLAT = {
  area: 64.5,
  rooms: 3,
  city: 'Graz',
  owner: { name: 'Ada', age: 36 },
  garden: true,
  note: 'quiet'
};
// A number that no double has, a word that is no ASCII, and what would end a script.
const ROWS =
  '{"request": {"rows": [{"id": 12345678901234567890, "name": "Zoë </script><b>"}, {"id": 1.50, "name": "x"}]}, "response": null}';

const server = new Server();

test.beforeAll(async () => {
  await server.start(
    FLATS,
    [
      { symbol: 'predict', example: { request: FLAT, response: null } },
      { symbol: 'rows', route: '/rows', example: 'EXAMPLE' as never },
      { symbol: 'picture', route: '/picture' },
      { symbol: 'hello', route: '/hello/:name', method: 'GET' },
      { symbol: 'post_say', route: '/say', kind: 'cell' }
    ],
    ROWS
  );
});

test.afterAll(() => server.stop());

/** Open the page; whatever it asks elsewhere, or its policy refuses, is an error. */
async function opened(page: Page, endpoint?: string): Promise<string[]> {
  const wrong: string[] = [];
  page.on('console', message => {
    // Chromium says so itself of an answer that is no 2xx.
    if (
      message.type() === 'error' &&
      !message.text().startsWith('Failed to load resource')
    ) {
      wrong.push(message.text());
    }
  });
  page.on('pageerror', error => wrong.push(error.message));
  page.on('request', request => {
    if (
      !request.url().startsWith(server.url) &&
      !/^data:/.test(request.url())
    ) {
      wrong.push(request.url());
    }
  });
  await page.goto(server.url);
  if (endpoint) {
    await page.getByLabel('Endpoint').selectOption({ label: endpoint });
  }
  return wrong;
}

/** Send what the form holds; returns the JSON text of the answer. */
async function sent(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('#answer .status').waitFor();
  return page.getByRole('region', { name: 'What came back' }).innerText();
}

test('the example is in the form, and its answer comes with its time', async ({
  page
}) => {
  const wrong = await opened(page);
  await expect(page.getByLabel('area')).toHaveValue('64.5');
  await expect(page.getByLabel('garden')).toBeChecked();
  await page.getByLabel('city').selectOption('Zürich');
  await page.getByLabel('built').fill('1998-05-01');
  await page.getByLabel('age').fill('37');
  const answer = JSON.parse(await sent(page)) as unknown;
  expect(answer).toEqual({
    price: 196.5,
    city: 'Zürich',
    owner: 'Ada',
    built: '1998-05-01',
    note: 'quiet',
    garden: true
  });
  await expect(page.locator('.status')).toHaveText(/^200 OK in [\d.]+ ms$/);
  expect(wrong).toEqual([]);
});

test('what does not fit is said beside its field', async ({ page }) => {
  await opened(page);
  await page.getByLabel('area').fill('wide');
  await page.getByLabel('age').fill('36.5');
  await sent(page);
  await expect(page.locator('.status')).toHaveText(/^422/);
  await expect(page.getByLabel('area')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('age')).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: 'owner.age' }).click();
  await expect(page.getByLabel('age')).toBeFocused();
  // The next time it may fit.
  await page.getByRole('button', { name: 'Reset' }).click();
  await sent(page);
  await expect(page.locator('[aria-invalid]')).toHaveCount(0);
});

test('an error of the function is told, and its words are not', async ({
  page
}) => {
  await opened(page);
  await page.getByLabel('area').fill('-1');
  const answer = JSON.parse(await sent(page)) as { status: number };
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer)).not.toContain('no such flat');
});

test('rows are a table, and every digit stays', async ({ page }) => {
  const wrong = await opened(page, 'rows: POST /rows');
  const first = page.getByLabel('rows, row 1, id');
  await expect(first).toHaveValue('12345678901234567890');
  await page.getByRole('button', { name: 'Add a row' }).click();
  await page.getByLabel('rows, row 3, id').fill('98765432109876543210');
  await page.getByLabel('rows, row 3, name').fill('🦊 "quoted"');
  const text = await sent(page);
  expect(text).toContain('12345678901234567890');
  expect(text).toContain('98765432109876543210');
  const rows = JSON.parse(text) as { name: string }[];
  expect(rows[2]?.name).toBe('🦊 "quoted"');
  expect(rows[0]?.name).toBe('Zoë </script><b>');
  expect(wrong).toEqual([]);
});

test('the request can be written as JSON, also a wrong one', async ({
  page
}) => {
  await opened(page, 'rows: POST /rows');
  await page.getByRole('button', { name: 'Edit as JSON' }).click();
  const whole = page.getByLabel('The request as JSON');
  await expect(whole).toHaveValue(/12345678901234567890/);
  await whole.fill('{"rows": [');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(whole).toBeFocused();
  await expect(page.locator('.wrong')).toHaveText(/no JSON at line 1/);
  for (const [text, status] of [
    [`{"rows": ${'['.repeat(150)}${']'.repeat(150)}}`, '400'],
    ['{"rows": [{"a": 1e999}]}', '400'],
    ['{"rows": [{"a": NaN}]}', ''],
    ['{"rows": 5}', '422'],
    [`{"rows": [{"a": ${'9'.repeat(500)}}]}`, '200']
  ] as const) {
    await whole.fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
    if (status) {
      await expect(page.locator('.status')).toHaveText(
        new RegExp(`^${status}`)
      );
    } else {
      await expect(page.locator('.wrong')).toBeVisible();
    }
  }
  await whole.fill(`{"rows": ${'['.repeat(20000)}${']'.repeat(20000)}}`);
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(
    page.locator('.wrong:visible, .status.bad').first()
  ).toBeVisible();
});

test('a picture goes out and is shown when it comes back', async ({ page }) => {
  const wrong = await opened(page, 'picture: POST /picture');
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64'
  );
  await page
    .getByLabel('image')
    .setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: png });
  await expect(page.getByAltText('What will be sent')).toBeVisible();
  await sent(page);
  await expect(page.getByAltText('The answer')).toBeVisible();
  expect(wrong).toEqual([]);
});

test('parts of the path and of the query are fields', async ({ page }) => {
  await opened(page, 'hello: GET /hello/:name');
  await page.getByLabel('name').fill('Ada & Zoë?');
  await page.getByLabel('times').fill('2');
  expect(await sent(page)).toBe('"Hello Ada & Zoë?!!"');
  await opened(page, 'post_say: POST /say');
  await page.getByLabel('body').fill('{"x": 1}');
  expect(await sent(page)).toContain('"x": 1');
});

test('the same request is there as code', async ({ page }) => {
  await opened(page);
  await page.getByLabel('note').fill('it\'s \\ "quiet"');
  await sent(page);
  await page.getByText('The same with curl').click();
  const curl = await page
    .getByRole('region', { name: 'The same with curl' })
    .innerText();
  expect(curl).toContain(`${server.url}predict`);
  expect(curl).toContain("it'\\''s");
  await page.getByText('The same in Python').click();
  const code = await page
    .getByRole('region', { name: 'The same in Python' })
    .innerText();
  const { execFileSync } = await import('node:child_process');
  for (const [command, given] of [
    ['sh', ['-c', curl.replace('curl', 'curl -sS')]],
    [process.env['UI_PYTHON'] ?? 'python', ['-c', code]]
  ] as const) {
    const answer = JSON.parse(execFileSync(command, given).toString()) as {
      note: string;
    };
    expect(answer.note).toBe('it\'s \\ "quiet"');
  }
});

test('the form can be used by keyboard alone', async ({ page }) => {
  await opened(page);
  await page.getByLabel('area').focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('10');
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('rooms')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('.status')).toHaveText(/^200/);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
    test(`the page has no WCAG A or AA violation, ${colorScheme} at ${width} px`, async ({
      page
    }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const endpoint of [
        'predict: POST /predict',
        'rows: POST /rows',
        'picture: POST /picture'
      ]) {
        await opened(page, endpoint);
        await sent(page);
        await page.getByText('The same with curl').click();
        const found = await new AxeBuilder({ page }).analyze();
        expect(found.violations).toEqual([]);
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth
        );
        expect(wide).toBeLessThanOrEqual(width);
      }
    });
  }
}
