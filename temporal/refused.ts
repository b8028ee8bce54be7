// What stands in the place of a payload that was not encrypted with our keys. Also bundled with the workflows.

import { defaultPayloadConverter, type Payload } from '@temporalio/common';

const MARK = 'varloom-not-encrypted';

export const refusedPayload = (): Payload => defaultPayloadConverter.toPayload({ [MARK]: true });

export const isRefused = (value: unknown): boolean => typeof value === 'object' && value !== null && MARK in value;
