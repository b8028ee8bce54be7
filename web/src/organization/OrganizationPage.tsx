// /organization: who is in the laboratory, with which role; for reviewers, who decides while they are away.

import { Loader, Text } from '@mantine/core';
import { isAllowed } from '../../../domain/permissions.ts';
import { OnlyInLaboratory } from '../laboratory/OnlyInLaboratory.tsx';
import { useOrganization, useReviewer } from '../laboratory/queries.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { Section } from '../layout/Section.tsx';
import { Delegations } from './Delegations.tsx';
import { AddMember, Members } from './Members.tsx';

export function OrganizationPage() {
  const organization = useOrganization().data;
  return (
    <>
      <PageTitle
        title={organization?.kind === 'laboratory' ? organization.name : 'Organization'}
        lead="Who works here, and what they may do. A change counts at once, for what is under way too."
      />
      <OnlyInLaboratory>
        <Laboratory />
      </OnlyInLaboratory>
    </>
  );
}

function Laboratory() {
  const organization = useOrganization().data;
  const reviewer = useReviewer();
  if (organization === undefined || reviewer === undefined) return <Loader role="status" aria-label="Loading" />;
  const isAdmin = isAllowed(reviewer.role, 'organization.manage');
  const isOrHasDelegate = isAllowed(reviewer.role, 'decision.write') || reviewer.inStead.length > 0;
  return (
    <>
      <Section title="Members">
        {isAdmin ? null : (
          <Text size="sm" c="dimmed" mb="sm">
            An administrator adds members and gives roles.
          </Text>
        )}
        <Members members={organization.members} isAdmin={isAdmin} myId={reviewer.userId} />
        {isAdmin ? <AddMember /> : null}
      </Section>
      {isOrHasDelegate ? (
        <Section title="I am away">
          <Delegations
            members={organization.members}
            myId={reviewer.userId}
            mayGive={isAllowed(reviewer.role, 'decision.write')}
          />
        </Section>
      ) : null}
    </>
  );
}
