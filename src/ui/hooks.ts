import * as React from 'react';

import type { IObservable } from '../tokens';

/** The state of a model; the component renders again when it has a new one. */
export function useModel<S>(model: IObservable<S>): S {
  const subscribe = React.useCallback(
    (notify: () => void) => {
      model.changed.connect(notify);
      return () => {
        model.changed.disconnect(notify);
      };
    },
    [model]
  );
  return React.useSyncExternalStore(subscribe, () => model.state);
}

/** The current time in milliseconds, new every second while `isTicking`. */
export function useNow(isTicking: boolean): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    if (!isTicking) {
      return undefined;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}
