import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { explain } from '../api/errors';
import type { Problem } from '../api/types';
import { ProblemCard } from '../ui/problem';
import { Skeleton } from '../ui/section';
import { Explained } from './model';

/** Shows what a promise gives, or why it gives nothing; a new promise begins anew. */
export function Loaded<T>(props: {
  promise: Promise<T>;
  trans: TranslationBundle;
  children: (value: T) => React.ReactNode;
}): React.JSX.Element {
  const { promise, trans } = props;
  const [result, setResult] = React.useState<{
    of: Promise<T>;
    value?: T;
    problem?: Problem;
  }>();
  React.useEffect(() => {
    let isCurrent = true;
    promise.then(
      value => {
        if (isCurrent) {
          setResult({ of: promise, value });
        }
      },
      (error: unknown) => {
        const problem =
          error instanceof Explained ? error.problem : explain(error, trans);
        if (isCurrent) {
          setResult({ of: promise, problem });
        }
      }
    );
    return () => {
      isCurrent = false;
    };
  }, [promise, trans]);
  if (result?.of !== promise) {
    return <Skeleton label={trans.__('Reading…')} rows={4} />;
  }
  return result.problem ? (
    <div role="alert">
      <ProblemCard problem={result.problem} path="" trans={trans} />
    </div>
  ) : (
    <>{props.children(result.value as T)}</>
  );
}
