// The invoices, newest first, each with its page at the payment service.

import { Anchor, Text } from '@mantine/core';
import type { InvoiceState } from '../../../domain/billing.ts';
import type { Invoice } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import { CardTable, Cell, PagedList, Row } from '../layout/CardTable.tsx';
import { useInvoices } from '../queries.ts';
import { formatMoney } from '../text/format.ts';

export function Invoices() {
  const list = useInvoices();
  const invoices = list.data?.pages.flatMap((page) => page.invoices) ?? [];
  return (
    <PagedList list={list} isEmpty={invoices.length === 0} empty={<Text>There are no invoices yet.</Text>}>
      <CardTable label="Invoices" columns={['Invoice', 'Date', 'Amount', 'State']} numbers={['Amount']}>
        {invoices.map((invoice) => (
          <InvoiceRow key={invoice.invoice_id} invoice={invoice} />
        ))}
      </CardTable>
    </PagedList>
  );
}

function InvoiceRow({ invoice }: { invoice: Invoice }) {
  const name = invoice.number ?? 'Draft';
  return (
    <Row>
      <Cell column="Invoice" as="lead">
        {invoice.url === null ? (
          name
        ) : (
          <Anchor href={invoice.url} underline="always">
            {name}
          </Anchor>
        )}
      </Cell>
      <Cell column="Date">
        <Moment at={invoice.created_at} />
      </Cell>
      <Cell column="Amount" as="number">
        {formatMoney(invoice.amount_due, invoice.currency)}
      </Cell>
      <Cell column="State">{stateLabel(invoice)}</Cell>
    </Row>
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
