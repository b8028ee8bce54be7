// A webhook endpoint before it is saved: its address checked, its secret made and sealed.

import { randomUUID } from 'node:crypto';
import type { NewEndpoint } from '../../db/webhook-endpoints.ts';
import { VarloomError } from '../../domain/errors.ts';
import { endpointId } from '../../domain/ids.ts';
import { AddressRefused } from '../../process/webhook-address.ts';
import type { Dependencies } from '../context.ts';

/** `secret` is shown to the caller once. @throws VarloomError `webhook_url_refused` */
export async function newEndpoint(
  deps: Pick<Dependencies, 'webhooks'>,
  text: string,
): Promise<{ row: NewEndpoint; secret: string }> {
  const url = await checkedUrl(deps, text);
  const id = endpointId(randomUUID());
  const secret = deps.webhooks.secrets.generate();
  return { row: { endpointId: id, url, sealedSecret: deps.webhooks.secrets.seal(id, secret) }, secret };
}

/** The address as it is stored. It is checked again at each attempt. @throws VarloomError `webhook_url_refused` */
export async function checkedUrl(
  { webhooks: { addresses } }: Pick<Dependencies, 'webhooks'>,
  text: string,
): Promise<string> {
  try {
    const url = addresses.parse(text);
    await addresses.resolve(url);
    return url.href;
  } catch (error) {
    if (!(error instanceof AddressRefused)) throw error;
    throw new VarloomError('webhook_url_refused', `The webhook URL is refused: ${error.message}.`, {
      reason: error.reason,
    });
  }
}
