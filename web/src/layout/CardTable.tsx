// A table that becomes a list of cards where its columns have no room; and the list around it, page by page.

import { Button, Group, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './CardTable.module.css';
import { ProblemAlert } from './ProblemAlert.tsx';

interface TableProps {
  label: string;
  /** In order; the first is the one that a row is known by. */
  columns: readonly string[];
  /** The columns of numbers, which stand to the right. */
  numbers?: readonly string[];
  children: ReactNode;
}

// The roles repeat what the elements mean, since the card layout of narrow screens takes it from them.
export function CardTable({ label, columns, numbers = [], children }: TableProps) {
  return (
    <table className={classes.table} role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column} role="columnheader" scope="col" data-number={numbers.includes(column) ? true : undefined}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  );
}

export function Row({ children }: { children: ReactNode }) {
  return <tr role="row">{children}</tr>;
}

interface CellProps {
  column: string;
  /** What the row is known by; what can be done with it; sentences; a number. */
  as?: 'lead' | 'act' | 'prose' | 'number';
  children: ReactNode;
}

export function Cell({ column, as, children }: CellProps) {
  return (
    <td
      role="cell"
      data-column={column}
      data-lead={as === 'lead' ? true : undefined}
      data-act={as === 'act' ? true : undefined}
      data-prose={as === 'prose' ? true : undefined}
      data-number={as === 'number' ? true : undefined}
    >
      {children}
    </td>
  );
}

/** What is asked of an infinite query. */
interface Pages {
  isPending: boolean;
  error: Error | null;
  isSuccess: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => Promise<unknown>;
  fetchNextPage: () => Promise<unknown>;
}

interface ListProps {
  list: Pages;
  isEmpty: boolean;
  /** What is said when there is nothing. */
  empty: ReactNode;
  children: ReactNode;
}

/** Loading, refusal, nothing there, the rows, and more of them. */
export function PagedList({ list, isEmpty, empty, children }: ListProps) {
  return (
    <>
      {list.isPending ? <Loader role="status" aria-label="Loading" /> : null}
      {list.error === null ? null : <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && isEmpty ? empty : null}
      {isEmpty ? null : children}
      <LoadMore list={list} />
    </>
  );
}

/** The way to the next page, as long as there is one. */
export function LoadMore({ list }: { list: Pick<Pages, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'> }) {
  if (!list.hasNextPage) return null;
  return (
    <Group justify="center" mt="md">
      <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        Load more
      </Button>
    </Group>
  );
}
