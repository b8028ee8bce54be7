// A codec endpoint for a local Temporal UI: the UI in the operator's browser sends payloads here to read them.
// It binds to loopback and answers one origin. Signed-in access for operators elsewhere is not here yet, so that
// production refuses it.

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import protocol from '@temporalio/proto';
import { z } from 'zod';
import { createLogger, runProcess } from '../process/main.ts';
import { BadSettings, parseSettings, portNumber, processSettings, temporalSettings } from '../process/settings.ts';
import { createPayloadCodec } from './payload-codec.ts';
import { readPayloadKeys } from './payload-keys.ts';

const PayloadsMessage = protocol.temporal.api.common.v1.Payloads;

await runProcess('codec', async () => {
  const settings = parseSettings(
    {
      ...processSettings,
      PAYLOAD_KEYS_FILE: temporalSettings.PAYLOAD_KEYS_FILE,
      CODEC_PORT: portNumber,
      CODEC_CORS_ORIGIN: z.url(),
    },
    process.env,
  );
  if (settings.NODE_ENV === 'production') {
    throw new BadSettings('the codec endpoint is for the local Temporal UI only');
  }
  const logger = createLogger('codec', settings.LOG_LEVEL);
  const codec = createPayloadCodec(readPayloadKeys(settings.PAYLOAD_KEYS_FILE));

  const app = new Hono()
    .use(cors({ origin: settings.CODEC_CORS_ORIGIN, allowHeaders: ['content-type', 'x-namespace'], credentials: true }))
    .use(bodyLimit({ maxSize: 8 * 1024 ** 2 }))
    .post('/decode', async (c) => {
      const { payloads } = PayloadsMessage.fromObject(await c.req.json());
      const decoded = await codec.decode(payloads ?? []);
      return c.json(PayloadsMessage.create({ payloads: decoded }).toJSON());
    })
    .onError((error, c) => {
      logger.warn({ err: error.message }, 'payloads not decoded');
      return c.text('These payloads cannot be decoded.', 400);
    });

  const server = serve({ fetch: app.fetch, port: settings.CODEC_PORT, hostname: '127.0.0.1' }, ({ port }) => {
    logger.info({ port }, 'codec ready');
  });
  return { stop: () => new Promise((resolve) => void server.close(() => resolve())) };
});
