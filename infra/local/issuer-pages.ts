// The two pages of the local issuer: choose who to sign in as, and sign out. Plain, and usable without a mouse.
import type { LocalUser } from './users.ts';

const style = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 32rem; padding: 2rem 1rem; }
  .notice { border-inline-start: 0.25rem solid #b45309; padding-inline-start: 0.75rem; }
  ul { list-style: none; padding: 0; }
  button { font: inherit; inline-size: 100%; margin-block: 0.25rem; padding: 0.6rem 0.8rem; text-align: start; cursor: pointer; }
  button small { display: block; }
  button:focus-visible { outline: 0.2rem solid #2563eb; outline-offset: 0.1rem; }`;

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
</body>
</html>
`;

/** A button per user; it posts `email` to `action`. */
export function signInPage(users: readonly LocalUser[], action: string): string {
  const choices = users.map(
    ({ email, name, role, plan }) =>
      `<li><button type="submit" name="email" value="${escape(email)}"><strong>${escape(email)}</strong>
<small>${escape(`${name}, role ${role}, plan ${plan}`)}</small></button></li>`,
  );
  return page(
    'Sign in to Varloom',
    `<p class="notice"><strong>Local development only.</strong> This page asks for no password: whoever opens it may be anyone
on the list. A real installation uses your own OpenID Connect issuer.</p>
<form method="post" action="${escape(action)}">
<ul aria-label="Users">
${choices.join('\n')}
</ul>
</form>`,
  );
}

/** `form` is oidc-provider's hidden form. With a verified id_token_hint the person has chosen already: it sends itself. */
export function signOutPage(form: string, { confirmed }: { confirmed: boolean }): string {
  const send = `<script>
    const chosen = document.createElement('input');
    Object.assign(chosen, { type: 'hidden', name: 'logout', value: 'yes' });
    document.forms[0].append(chosen);
    document.forms[0].submit();
  </script>`;
  return page(
    'Sign out of Varloom',
    `${form}
<p><button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button></p>
${confirmed ? send : ''}`,
  );
}

export const signedOutPage = (): string => page('Signed out', '<p>You are signed out. You may close this page.</p>');

export const errorPage = (error: string, description: string): string =>
  page('Sign-in did not work', `<p>${escape(description || error)}</p><p>Go back to Varloom and try again.</p>`);

export function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
