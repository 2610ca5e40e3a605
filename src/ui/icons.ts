import { LabIcon } from '@jupyterlab/ui-components';

import containerSvg from '../../style/icons/container.svg';
import noteSvg from '../../style/icons/note.svg';
import warningSvg from '../../style/icons/warning.svg';

/** A box with a lid: the sidebar, and what a notebook becomes. */
export const containerIcon = new LabIcon({
  name: 'jupyter-containerize:container',
  svgstr: containerSvg
});

/** A triangle with an exclamation mark. */
export const warningIcon = new LabIcon({
  name: 'jupyter-containerize:warning',
  svgstr: warningSvg
});

/** An i in a circle; JupyterLab's own info icon is a question mark. */
export const noteIcon = new LabIcon({
  name: 'jupyter-containerize:note',
  svgstr: noteSvg
});
