import { caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

export interface ISectionProps {
  title: string;
  /** Shown after the title; null while it is not known. */
  count?: number | null;
  /** Whether only its title shows at first. */
  isFolded?: boolean;
  /** A thin moving line below the title says that something is on its way. */
  isBusy?: boolean;
  /** Buttons at the right end of the title. */
  actions?: React.ReactNode;
  children: React.ReactNode;
}

/** A part of the sidebar that folds; its title stays in sight while its content scrolls. */
export function Section(props: ISectionProps): React.JSX.Element {
  const [isOpen, setOpen] = React.useState(!props.isFolded);
  const contentId = React.useId();
  const titleId = React.useId();
  return (
    <section className="jp-Containerize-section" aria-labelledby={titleId}>
      <div className="jp-Containerize-sectionHeader">
        <h2 className="jp-Containerize-sectionTitle">
          <button
            type="button"
            className="jp-Containerize-sectionToggle"
            aria-expanded={isOpen}
            aria-controls={contentId}
            onClick={() => setOpen(!isOpen)}
          >
            <caretDownIcon.react
              tag="span"
              className="jp-Containerize-caret"
              elementSize="normal"
            />
            <span id={titleId}>{props.title}</span>
            {props.count ? (
              <span className="jp-Containerize-count">{props.count}</span>
            ) : null}
          </button>
        </h2>
        {isOpen && props.actions}
        {props.isBusy && <div className="jp-Containerize-busy" aria-hidden />}
      </div>
      <div
        id={contentId}
        className="jp-Containerize-sectionContent"
        hidden={!isOpen}
        aria-busy={props.isBusy ?? false}
      >
        {isOpen && props.children}
      </div>
    </section>
  );
}

/** What a section says when it has nothing to show. */
export function Empty(props: {
  title: string;
  children?: React.ReactNode;
}): React.JSX.Element {
  return (
    <div className="jp-Containerize-empty">
      <p className="jp-Containerize-emptyTitle">{props.title}</p>
      {props.children && <p>{props.children}</p>}
    </div>
  );
}

/** Grey bars in the place of rows that are on their way. */
export function Skeleton(props: {
  label: string;
  rows: number;
}): React.JSX.Element {
  return (
    <div className="jp-Containerize-skeleton" role="status">
      <span className="jp-Containerize-hidden">{props.label}</span>
      {Array.from({ length: props.rows }, (_, row) => (
        <div key={row} className="jp-Containerize-skeletonRow" aria-hidden />
      ))}
    </div>
  );
}
