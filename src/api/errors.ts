/*
 * What can go wrong between the browser and the server.
 *
 *     ApiError
 *     ├── Refused            the server explains itself with a Problem
 *     ├── Unreachable        no answer at all
 *     └── UnexpectedAnswer   an answer that is not ours: a proxy's page, a missing extension
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Problem } from './types';

export class ApiError extends Error {}

/** The server said no and why. */
export class Refused extends ApiError {
  constructor(
    readonly status: number,
    readonly problem: Problem
  ) {
    super(`${problem.code} ${problem.title}`);
    this.name = 'Refused';
  }
}

/** The server did not answer. */
export class Unreachable extends ApiError {
  constructor(readonly reason: unknown) {
    super('The server did not answer');
    this.name = 'Unreachable';
  }
}

/** Something answered that is not our server side. */
export class UnexpectedAnswer extends ApiError {
  constructor(
    readonly status: number,
    readonly url: string
  ) {
    super(`${status} from ${url}`);
    this.name = 'UnexpectedAnswer';
  }
}

/**
 * Say any error in the four parts of a Problem.
 *
 * The server words its own; only what happens on the way to it is worded here.
 */
export function explain(error: unknown, trans: TranslationBundle): Problem {
  if (error instanceof Refused) {
    return error.problem;
  }
  if (error instanceof Unreachable) {
    return {
      code: 'JC-BROWSER-01',
      title: trans.__('The Jupyter server does not answer'),
      saw: trans.__('The connection was refused or lost.'),
      todo: trans.__(
        'Check that the server still runs; this page tries again by itself.'
      ),
      details: String(error.reason),
      location: ''
    };
  }
  if (error instanceof UnexpectedAnswer) {
    return explainUnexpected(error, trans);
  }
  return {
    code: 'JC-BROWSER-04',
    title: trans.__('Something went wrong in this page'),
    saw: error instanceof Error ? error.message : String(error),
    todo: trans.__('Reload the page.'),
    details: error instanceof Error ? (error.stack ?? '') : '',
    location: ''
  };
}

function explainUnexpected(
  error: UnexpectedAnswer,
  trans: TranslationBundle
): Problem {
  const saw = trans.__('%1 answered with status %2.', error.url, error.status);
  if (error.status === 404) {
    return {
      code: 'JC-BROWSER-02',
      title: trans.__('The server side of Containerize is not running'),
      saw,
      todo: trans.__(
        'Install jupyter-containerize where the Jupyter server runs, check `jupyter server extension list`, and restart the server.'
      ),
      details: '',
      location: ''
    };
  }
  return {
    code: 'JC-BROWSER-03',
    title: trans.__('The server gave an answer that cannot be read'),
    saw,
    todo: trans.__('Log in again, or look into the log of the Jupyter server.'),
    details: '',
    location: ''
  };
}
