import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Empty } from '../ui/section';
import { CodeBlock } from './code';

/** The smallest notebook that can be served. */
const EXAMPLE = `def predict(x: float) -> float:
    return 2 * x

predict(21.0)`;

/** A notebook in which nothing is written yet. */
export function NoCode(props: { trans: TranslationBundle }): React.JSX.Element {
  const { trans } = props;
  return (
    <>
      <Empty title={trans.__('No code yet')}>
        {trans.__(
          'Write a function that answers one request, and call it once:'
        )}
      </Empty>
      <CodeBlock label={trans.__('Example')} text={EXAMPLE} trans={trans} />
    </>
  );
}

/** A notebook in a language that is not built. */
export function OtherLanguage(props: {
  language: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { language, trans } = props;
  const name = language.charAt(0).toUpperCase() + language.slice(1);
  return (
    <Empty title={trans.__('%1 notebooks cannot be built yet', name)}>
      {trans.__(
        'What it uses is shown; only Python notebooks become images. If this is Python, choose a Python kernel.'
      )}
    </Empty>
  );
}
