import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';

/** Let the user choose a notebook, and open it; does nothing if none was chosen. */
export async function openNotebook(
  manager: IDocumentManager,
  translator: ITranslator,
  trans: TranslationBundle
): Promise<void> {
  const { value } = await FileDialog.getOpenFiles({
    manager,
    translator,
    title: trans.__('Open a notebook'),
    // By its folders one gets to where a notebook is.
    filter: ({ type }) =>
      type === 'notebook' || type === 'directory' ? {} : null
  });
  const [chosen] = value ?? [];
  if (chosen?.type === 'notebook') {
    manager.openOrReveal(chosen.path);
  }
}
