// The local issuer in a container: its settings come from the environment, its keys from its volume.
import { z } from 'zod';
import { writeIssuerSettings } from '../local/services/issuer.ts';

const settings = z
  .object({
    ISSUER_URL: z.url(),
    PUBLIC_URL: z.url(),
    OIDC_CLIENT_SECRET: z.string().min(32),
    ISSUER_DIRECTORY: z.string(),
  })
  .parse(process.env);

const { settingsFile } = await writeIssuerSettings({
  issuer: settings.ISSUER_URL,
  port: Number(new URL(settings.ISSUER_URL).port),
  host: '0.0.0.0', // the container's; docker-compose.yml publishes it on 127.0.0.1 only
  publicUrl: settings.PUBLIC_URL,
  directory: settings.ISSUER_DIRECTORY,
  secrets: settings.ISSUER_DIRECTORY,
  gatewaySecret: settings.OIDC_CLIENT_SECRET,
});
process.env['ISSUER_SETTINGS_FILE'] = settingsFile;
await import('../local/issuer.ts');
