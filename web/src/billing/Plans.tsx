// What each plan includes; the person's own is marked.

import { Badge, Group, List, Paper, SimpleGrid, Title } from '@mantine/core';
import type { Me } from '../api.ts';
import { formatBytes, formatDuration } from '../text/format.ts';

export function Plans({ me }: { me: Me }) {
  const limit = `Files up to ${formatBytes(me.upload_limit_bytes)}`;
  const isFree = me.plan === 'free';
  return (
    <section aria-labelledby="plans-title">
      <Title order={2} id="plans-title" mt="xl" mb="sm">
        What the plans include
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Plan name="Free" isOwn={isFree}>
          <List.Item>{isFree ? limit : 'Smaller files'}</List.Item>
          <List.Item>
            {me.retention_seconds === null
              ? 'Results are archived some time after their job'
              : `Results are archived ${formatDuration(me.retention_seconds)} after their job`}
            ; the log and the summary stay
          </List.Item>
        </Plan>
        <Plan name="Premium" isOwn={!isFree}>
          <List.Item>{isFree ? 'Larger files, of many GiB' : limit}</List.Item>
          <List.Item>Results stay available, and archived ones are restored</List.Item>
          <List.Item>Your jobs go before those of the Free plan</List.Item>
          {isFree ? <List.Item>The price is on the payment page, before you pay</List.Item> : null}
        </Plan>
      </SimpleGrid>
    </section>
  );
}

function Plan({ name, isOwn, children }: { name: string; isOwn: boolean; children: React.ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Group gap="sm" mb="xs">
        <Title order={3} size="h4">
          {name}
        </Title>
        {isOwn ? (
          <Badge color="indigo.8" variant="filled" radius="sm" tt="none">
            Your plan
          </Badge>
        ) : null}
      </Group>
      <List size="sm" spacing={4}>
        {children}
      </List>
    </Paper>
  );
}
