// The local issuer in a container: its settings come from the environment, its keys from its volume. The proxy before it
// speaks TLS.
import { z } from 'zod';
import { writeIssuerSettings } from '../local/services/issuer.ts';
import { readSecretFiles } from './secret-files.ts';

readSecretFiles(['OIDC_CLIENT_SECRET']);
const settings = z
  .object({
    ISSUER_URL: z.url(),
    ISSUER_PORT: z.coerce.number().int().min(1).max(65_535),
    PUBLIC_URL: z.url(),
    OIDC_CLIENT_SECRET: z.string().min(32),
    ISSUER_DIRECTORY: z.string().min(1),
  })
  .parse(process.env);

const { settingsFile } = await writeIssuerSettings({
  issuer: settings.ISSUER_URL,
  port: settings.ISSUER_PORT,
  host: '0.0.0.0', // the container's, which only the proxy reaches
  publicUrl: settings.PUBLIC_URL,
  directory: settings.ISSUER_DIRECTORY,
  secrets: settings.ISSUER_DIRECTORY,
  gatewaySecret: settings.OIDC_CLIENT_SECRET,
});
process.env['ISSUER_SETTINGS_FILE'] = settingsFile;
await import('../local/issuer.ts');
