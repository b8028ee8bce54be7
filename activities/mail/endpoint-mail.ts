// Mail about a partner's webhook endpoint that was disabled because it is dead.

import {
  claimEndpointMail,
  findDisabledEndpoint,
  recordEndpointMailSent,
  type DisabledEndpoint,
} from '../../db/disabled-endpoints.ts';
import type { EndpointId } from '../../domain/ids.ts';
import { DEAD_ENDPOINT } from '../../domain/partners.ts';
import { render, shown, type Content } from './layout.ts';
import { sendClaimed, type MailDependencies } from './sending.ts';

export interface EndpointMailActivities {
  /** To each administrator of the laboratory, once each time that the endpoint is disabled. */
  'mail.endpoint.send'(input: { endpointId: EndpointId }): Promise<void>;
}

export function createEndpointMailActivities(deps: MailDependencies): EndpointMailActivities {
  const { database, principal, publicUrl } = deps;
  const messageIdDomain = new URL(publicUrl).hostname;
  return {
    'mail.endpoint.send': async ({ endpointId }) => {
      const endpoint = await findDisabledEndpoint(database, principal(), endpointId);
      const failures: unknown[] = [];
      for (const { userId, to, name } of endpoint?.admins ?? []) {
        if (!endpoint) break;
        try {
          const claimed = await claimEndpointMail(database, principal(), endpoint, userId, messageIdDomain);
          await sendClaimed(
            deps,
            claimed,
            () => ({ to, ...contentOf(endpoint, name, `${publicUrl}/partners/${endpoint.partnerId}`) }),
            (...sent) => recordEndpointMailSent(...sent, endpoint),
          );
        } catch (error) {
          // One that cannot be reached keeps none of the others waiting.
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

const WHY = {
  gone: 'It answered that it is gone for good (410).',
  failing: `It has taken no message for ${DEAD_ENDPOINT.failingSeconds / 86_400} days, or ${DEAD_ENDPOINT.failedMessages} messages in a row were given up.`,
};

function contentOf(
  { partnerName, host, reason }: DisabledEndpoint,
  recipientName: string | null,
  page: string,
): Content {
  return render({
    subject: 'A webhook endpoint of a partner was disabled',
    recipientName,
    lines: [
      `The endpoint ${shown(host)} of ${shown(partnerName)} was disabled. ${WHY[reason]}`,
      'Nothing is sent there any more, and what waited is cancelled. When the partner has mended it, enable it again here:',
    ],
    link: page,
    linkText: 'Open the partner',
    after: 'Messages that were cancelled or given up can be sent again from its delivery log.',
    why: 'You get this message because you administer the laboratory.',
  });
}
