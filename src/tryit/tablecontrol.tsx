import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from '../ui/icon-button';
import { Control } from './controls';
import type { Value } from './json';
import type { IWrong } from './request';
import type { ITable } from './table';
import { cellOf, newRow, withCell } from './table';

export interface ITableControlProps {
  name: string;
  table: ITable;
  rows: readonly Value[];
  /** Paths begin with the row. */
  wrong: readonly IWrong[];
  trans: TranslationBundle;
  onChange: (rows: readonly Value[]) => void;
}

/** Rows of single values. */
export function TableControl(props: ITableControlProps): React.JSX.Element {
  const { name, table, rows, trans, onChange } = props;
  const { columns } = table;
  return (
    <div>
      {rows.length > 0 && (
        // A wide table scrolls by itself, so it has to be reachable by keyboard.
        <div
          className="jp-Containerize-tableScroll"
          role="region"
          aria-label={name}
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
          tabIndex={0}
        >
          <table>
            {table.rows !== 'single' && (
              <thead>
                <tr>
                  {columns.map(column => (
                    <th key={column.name} scope="col" title={column.name}>
                      {column.name}
                    </th>
                  ))}
                  <td />
                </tr>
              </thead>
            )}
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  {columns.map((column, place) => (
                    <td key={column.name}>
                      <Control
                        kind={column.kind}
                        schema={column.schema}
                        value={cellOf(table, row, place)}
                        isRequired={!column.isOptional}
                        isWrong={isWrong(props.wrong, index, column.name)}
                        label={trans
                          .__('%1, row %2, %3', name, index + 1, column.name)
                          .replace(/, $/, '')}
                        trans={trans}
                        onChange={value =>
                          onChange(
                            rows.map((each, at) =>
                              at === index
                                ? withCell(table, each, place, value)
                                : each
                            )
                          )
                        }
                      />
                    </td>
                  ))}
                  <td>
                    <IconButton
                      icon={closeIcon}
                      label={trans.__('Remove row %1 of %2', index + 1, name)}
                      onClick={() =>
                        onChange(rows.filter((_, at) => at !== index))
                      }
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <button
        type="button"
        className="jp-Containerize-addRow"
        onClick={() => onChange([...rows, newRow(table, rows.at(-1))])}
      >
        <addIcon.react tag="span" elementSize="small" />
        {trans.__('Add a row')}
      </button>
    </div>
  );
}

/** Whether something in a row is wrong, and in that column, if it is known in which. */
function isWrong(
  wrong: readonly IWrong[],
  row: number,
  column: string
): boolean {
  return wrong.some(
    ({ path }) =>
      path[0] === String(row) && (path[1] === undefined || path[1] === column)
  );
}
