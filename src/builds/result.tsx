import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build, Report, SelfTest } from '../api/types';
import { PHASES } from '../api/types';
import { CommandLine } from '../ui/copy';
import { formatBytes, formatSeconds, shortDigest } from '../ui/format';
import { warningIcon } from '../ui/icons';

/** What came out of a build. */
export function Result(props: {
  kind: Build['kind'];
  report: Report;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { kind, report, trans } = props;
  // An image that was there is put somewhere, and not made anew.
  const wasThere = kind === 'push' || kind === 'rebase';
  const reused = report.layers.filter(layer => layer.reused).length;
  const times = PHASES.filter(phase => report.timings[phase] !== undefined);
  // Other timings are parts of a phase.
  const total = times.reduce(
    (sum, phase) => sum + (report.timings[phase] ?? 0),
    0
  );
  return (
    <div className="jp-Containerize-result">
      <dl className="jp-Containerize-facts">
        <Fact name={trans.__('Digest')} title={report.digest}>
          <code>{shortDigest(report.digest)}</code>
        </Fact>
        <Fact name={trans.__('Size')}>{formatBytes(report.size_bytes)}</Fact>
        <Fact name={trans.__('Layers')}>
          {wasThere
            ? report.layers.length
            : trans.__(
                '%1 new, %2 reused',
                report.layers.length - reused,
                reused
              )}
        </Fact>
        <Fact name={trans.__('Time')}>{formatSeconds(total)}</Fact>
        {report.objects?.map(item => (
          <Fact
            key={item.name}
            name={item.name}
            title={`${item.type_name}, ${item.formats.join(', ')} (${item.location})`}
          >
            {formatBytes(item.size_bytes)}
          </Fact>
        ))}
      </dl>
      {!wasThere && (report.made_because?.length ?? 0) > 0 && (
        <details className="jp-Containerize-details">
          <summary>{trans.__('Why layers are new')}</summary>
          <ul className="jp-Containerize-reasons">
            {report.made_because?.map(line => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
      {report.parity?.proof === 'fell back' && (
        <p className="jp-Containerize-muted">
          {trans.__(
            'The part of the notebook that serving needs gave other answers; the whole notebook was taken. %1',
            report.parity.reason
          )}
        </p>
      )}
      {(report.selftest.ran || !wasThere) && (
        <SelfTestLine selftest={report.selftest} trans={trans} />
      )}
      {report.run_command && (
        <CommandLine command={report.run_command} trans={trans} />
      )}
    </div>
  );
}

/** A name and a value in a list of facts. */
function Fact(props: {
  name: string;
  title?: string;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <div title={props.title}>
      <dt className="jp-Containerize-truncate">{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function SelfTestLine(props: {
  selftest: SelfTest;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { selftest, trans } = props;
  const hasPassed = selftest.ran && selftest.passed;
  const Icon = hasPassed ? checkIcon : warningIcon;
  const text = hasPassed
    ? trans.__('Answers the notebook’s own example')
    : selftest.ran
      ? trans.__('Does not answer the notebook’s own example')
      : trans.__('Not tried');
  return (
    <div className="jp-Containerize-selftest" data-passed={hasPassed}>
      <Icon.react tag="span" elementSize="normal" />
      <span>
        {text}
        {selftest.engine && (
          <span className="jp-Containerize-muted"> ({selftest.engine})</span>
        )}
        {selftest.reason && (
          <p className="jp-Containerize-muted">{selftest.reason}</p>
        )}
      </span>
    </div>
  );
}
