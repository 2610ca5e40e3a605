import { errorIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Finding } from '../api/types';
import { CellLink } from '../ui/cell-link';
import { noteIcon, warningIcon } from '../ui/icons';
import type { IPlaceProps } from './cells';

/** So many findings are shown before the rest is folded, if that is more than one. */
const SHOWN = 6;

const ICONS = { error: errorIcon, warning: warningIcon, info: noteIcon };

const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'info'];

/** What looks like a secret, in a line or an output, and in code that goes into the image. */
const SECRETS = ['JC-ANALYSIS-23', 'JC-ANALYSIS-34'];

/** What the user should know, the worst first; notes are folded where there is worse. */
export function Findings(
  props: IPlaceProps & { findings: readonly Finding[] }
): React.JSX.Element | null {
  const { trans } = props;
  const findings = bySeverity(props.findings);
  const worse = findings.filter(({ severity }) => severity !== 'info');
  const first = worse.length > 0 ? worse : findings;
  const shown = first.length > SHOWN + 1 ? first.slice(0, SHOWN) : first;
  const folded = findings.slice(shown.length);
  if (findings.length === 0) {
    return null;
  }
  return (
    <div className="jp-Containerize-block">
      <h3>
        {trans.__('Findings')}
        <span className="jp-Containerize-muted">
          {summaryText(findings, trans)}
        </span>
      </h3>
      <FindingList {...props} findings={shown} />
      {folded.length > 0 && (
        <details className="jp-Containerize-details">
          <summary>
            {folded.every(({ severity }) => severity === 'info')
              ? trans._n('%1 note', '%1 notes', folded.length)
              : trans._n('%1 more finding', '%1 more findings', folded.length)}
          </summary>
          <div className="jp-Containerize-folded">
            <FindingList {...props} findings={folded} />
          </div>
        </details>
      )}
    </div>
  );
}

/** The worst first, of those secrets first, and in the order in which they were told. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  const rank = ({ code, severity }: Finding) =>
    2 * ORDER.indexOf(severity) + (SECRETS.includes(code) ? 0 : 1);
  return [...findings].sort((a, b) => rank(a) - rank(b));
}

/** `1 error, 2 warnings`; empty if there are notes alone. */
export function summaryText(
  findings: readonly Finding[],
  trans: TranslationBundle
): string {
  const count = (of: Finding['severity']) =>
    findings.filter(({ severity }) => severity === of).length;
  const errors = count('error');
  const warnings = count('warning');
  return [
    errors > 0 && trans._n('%1 error', '%1 errors', errors),
    warnings > 0 && trans._n('%1 warning', '%1 warnings', warnings)
  ]
    .filter(Boolean)
    .join(', ');
}

export function FindingList(
  props: IPlaceProps & { findings: readonly Finding[] }
): React.JSX.Element {
  return (
    <ul className="jp-Containerize-findings">
      {props.findings.map((finding, index) => (
        <FindingRow
          key={`${index}-${finding.code}`}
          finding={finding}
          path={props.path}
          trans={props.trans}
          onGoToCell={props.onGoToCell}
        />
      ))}
    </ul>
  );
}

/** Something that the user should know, with its place and what to do about it. */
function FindingRow(
  props: IPlaceProps & { finding: Finding }
): React.JSX.Element {
  const { finding, trans } = props;
  const Icon = ICONS[finding.severity];
  const severity = {
    error: trans.__('Error'),
    warning: trans.__('Warning'),
    info: trans.__('Note')
  }[finding.severity];
  return (
    <li
      className="jp-Containerize-finding"
      data-severity={finding.severity}
      title={finding.code}
    >
      <Icon.react tag="span" elementSize="normal" />
      <div>
        <span className="jp-Containerize-hidden">{severity}: </span>
        {finding.message}
        {finding.file &&
          finding.file !== props.path &&
          ` (${finding.file})`}{' '}
        {finding.cell !== null && (
          <CellLink
            place={{
              path: props.path,
              cell: finding.cell,
              line: finding.line
            }}
            form="words"
            trans={trans}
            onGoToCell={props.onGoToCell}
          />
        )}
        {finding.hint && (
          <p className="jp-Containerize-muted">{withOptions(finding.hint)}</p>
        )}
      </div>
    </li>
  );
}

/** Options of the command line as code, which is not broken at their hyphens. */
function withOptions(text: string): React.ReactNode[] {
  return text
    .split(/(--[a-z][a-z-]*)/)
    .map((part, index) =>
      index % 2 === 1 ? <code key={index}>{part}</code> : part
    );
}
