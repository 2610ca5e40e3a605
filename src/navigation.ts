import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { ICellPlace } from './tokens';

/** Show a cell of a notebook, which is opened if it is not; does nothing for a cell that is gone. */
export async function goToCell(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  place: ICellPlace
): Promise<void> {
  const panel = await reveal(app, tracker, place.path);
  const notebook = panel?.content;
  const cell = notebook?.widgets[place.cell - 1];
  if (!panel || !notebook || !cell) {
    return;
  }
  app.shell.activateById(panel.id);
  notebook.deselectAll();
  notebook.activeCellIndex = place.cell - 1;
  await notebook.scrollToCell(cell, 'smart');
  if (place.line !== null) {
    await cell.ready;
    cell.editor?.setCursorPosition({ line: place.line - 1, column: 0 });
  }
}

async function reveal(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  path: string
): Promise<NotebookPanel | undefined> {
  const { contents } = app.serviceManager;
  const find = () =>
    tracker.find(panel => contents.localPath(panel.context.path) === path);
  let panel = find();
  if (!panel && app.commands.hasCommand('docmanager:open')) {
    await app.commands.execute('docmanager:open', { path });
    panel = find();
  }
  await panel?.revealed;
  return panel;
}
