import { tmpdir } from 'os';
import { join } from 'path';

/** Where the open server has its files (`root`), and its store and builds (`data`), for tests that look there. */
export function serverFolder(
  port = Number(process.env['UI_PORT'] ?? 18888)
): string {
  return join(tmpdir(), `containerize-ui-open-${port}`);
}
