// One person with a test or a benchmark asks more of the local stack than a laboratory does: limits are there, and are
// hardly met, unless the environment says otherwise.

const NAMES = [
  'RATE_LIMIT_PRINCIPAL_PER_MINUTE',
  'RATE_LIMIT_ADDRESS_PER_MINUTE',
  'RATE_LIMIT_SIGN_IN_PER_MINUTE',
  'RATE_LIMIT_UPLOADS_PER_MINUTE',
  'RATE_LIMIT_BAD_CREDENTIALS_PER_MINUTE',
];
const GENEROUS_PER_MINUTE = '1000000';

export const generousLimits = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(NAMES.map((name) => [name, environment[name] || GENEROUS_PER_MINUTE]));
