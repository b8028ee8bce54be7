// The invoices, newest first, each with its page at the payment service.

import { Anchor, Button, Group, Loader, Text } from '@mantine/core';
import type { InvoiceState } from '../../../domain/billing.ts';
import type { Invoice } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import cards from '../layout/CardTable.module.css';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { useInvoices } from '../queries.ts';
import { formatMoney } from '../text/format.ts';

export function Invoices() {
  const list = useInvoices();
  const invoices = list.data?.pages.flatMap((page) => page.invoices) ?? [];
  return (
    <>
      {list.isPending ? <Loader role="status" aria-label="Loading" /> : null}
      {list.isError ? <ProblemAlert error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isSuccess && invoices.length === 0 ? <Text>There are no invoices yet.</Text> : null}
      {invoices.length > 0 ? <InvoiceTable invoices={invoices} /> : null}
      {list.hasNextPage ? (
        <Group justify="center" mt="md">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        </Group>
      ) : null}
    </>
  );
}

// The roles repeat what the elements mean, since the card layout of narrow screens takes it from them.
function InvoiceTable({ invoices }: { invoices: readonly Invoice[] }) {
  return (
    <table className={cards.table} role="table" aria-label="Invoices">
      <thead role="rowgroup">
        <tr role="row">
          {['Invoice', 'Date', 'Amount', 'State'].map((column) => (
            <th key={column} role="columnheader" scope="col" data-number={column === 'Amount' ? true : undefined}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {invoices.map((invoice) => (
          <InvoiceRow key={invoice.invoice_id} invoice={invoice} />
        ))}
      </tbody>
    </table>
  );
}

function InvoiceRow({ invoice }: { invoice: Invoice }) {
  const name = invoice.number ?? 'Draft';
  return (
    <tr role="row">
      <td role="cell" data-column="Invoice" data-lead>
        {invoice.url === null ? (
          name
        ) : (
          <Anchor href={invoice.url} underline="always">
            {name}
          </Anchor>
        )}
      </td>
      <td role="cell" data-column="Date">
        <Moment at={invoice.created_at} />
      </td>
      <td role="cell" data-column="Amount" data-number>
        {formatMoney(invoice.amount_due, invoice.currency)}
      </td>
      <td role="cell" data-column="State">
        {stateLabel(invoice)}
      </td>
    </tr>
  );
}

function stateLabel({ state, amount_paid: paid, amount_refunded: refunded, currency }: Invoice): string {
  if (refunded > 0) return refunded >= paid ? 'Refunded' : `Paid; ${formatMoney(refunded, currency)} refunded`;
  return STATES[state];
}

const STATES: Record<InvoiceState, string> = {
  draft: 'Being prepared',
  open: 'Not paid yet',
  paid: 'Paid',
  uncollectible: 'Not paid',
  void: 'Cancelled',
};
