// What was found: figures, and tables whose bars repeat their numbers.

import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import type { Summary } from '../../../domain/http.ts';
import { formatCount, formatShare } from '../text/format.ts';
import { byContig, byCount, typeRows, type CountRow } from './summary-rows.ts';
import classes from './JobPage.module.css';

const ROWS_AT_FIRST = 25;

export function JobSummary({ summary }: { summary: Summary }) {
  const { known, novel } = summary;
  const figures: { name: string; value: string; share?: string }[] = [
    { name: 'Records', value: formatCount(summary.records) },
    { name: 'Ti/Tv', value: summary.ti_tv === null ? 'none' : summary.ti_tv.toFixed(2) },
    { name: 'Transitions', value: formatCount(summary.transitions) },
    { name: 'Transversions', value: formatCount(summary.transversions) },
    ...(known === null || novel === null
      ? []
      : [
          { name: 'Known variants', value: formatCount(known), share: formatShare(known, known + novel) },
          { name: 'Novel variants', value: formatCount(novel), share: formatShare(novel, known + novel) },
        ]),
  ];
  return (
    <>
      <dl className={classes.figures}>
        {figures.map((figure) => (
          <div key={figure.name}>
            <dt>{figure.name}</dt>
            <dd>{figure.value}</dd>
            {figure.share === undefined ? null : <dd>{figure.share}</dd>}
          </div>
        ))}
      </dl>
      {summary.records === 0 ? (
        <Text>The file has a header and no records, so there was nothing to annotate.</Text>
      ) : (
        <div className={classes.tables}>
          <CountTable
            title="Most severe consequence of each record"
            name="Consequence"
            rows={byCount(summary.consequences)}
          />
          <CountTable title="Types of variant" name="Type" rows={typeRows(summary.types)} />
          <CountTable title="Per contig" name="Contig" rows={byContig(summary.contigs)} />
        </div>
      )}
    </>
  );
}

function CountTable({ title, name, rows }: { title: string; name: string; rows: readonly CountRow[] }) {
  const [showAll, setShowAll] = useState(false);
  const shown = showAll ? rows : rows.slice(0, ROWS_AT_FIRST);
  const largest = Math.max(...rows.map((row) => row.share), 0);
  if (rows.length === 0) return null;
  return (
    <div>
      <table className={classes.shares}>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col" className={classes.number}>
              Count
            </th>
            <th scope="col" className={classes.number}>
              Share
            </th>
            {/* Decoration: the number stands beside it. */}
            <td aria-hidden="true" className={classes.bar} />
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              <td className={classes.number}>{formatCount(row.count)}</td>
              <td className={classes.number}>{formatShare(row.share, 1)}</td>
              <td aria-hidden="true" className={classes.bar}>
                <div className={classes.track}>
                  <div
                    className={classes.fill}
                    style={{ width: `${largest === 0 ? 0 : (row.share / largest) * 100}%` }}
                  />
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_AT_FIRST ? (
        <Button variant="default" size="xs" mt="xs" onClick={() => setShowAll(!showAll)}>
          {showAll ? 'Show fewer' : `Show all ${formatCount(rows.length)}`}
        </Button>
      ) : null}
    </div>
  );
}
