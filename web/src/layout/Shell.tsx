// What is around every page: skip link, header with navigation, main, footer. Asks people to sign in where they are.

import { Anchor, Button, Group, Loader, Menu, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useMatches } from '@tanstack/react-router';
import { signInUrl, signOut, type Me } from '../api.ts';
import { laboratoryPagesOf } from '../laboratory/navigation.ts';
import { useOrganization, useReviewer } from '../laboratory/queries.ts';
import { useMe } from '../queries.ts';
import { useUploads } from '../upload/UploadQueueProvider.tsx';
import { isUnderWay } from '../upload/queue.ts';
import { ColorSchemeMenu } from './ColorSchemeMenu.tsx';
import { ProblemAlert } from './ProblemAlert.tsx';
import { PageTitle } from './PageTitle.tsx';
import classes from './Shell.module.css';

const PAGES = [
  { to: '/annotate', label: 'Annotate' },
  { to: '/jobs', label: 'Jobs' },
  { to: '/files', label: 'Files' },
  { to: '/billing', label: 'Plan & billing' },
  { to: '/account', label: 'Account' },
] as const;

export function Shell() {
  const me = useMe();
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to the content
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Link to="/" className={classes.brand}>
            Varloom
          </Link>
          {me.data ? <Navigation /> : null}
          <Group gap="xs" wrap="nowrap" className={classes.tools}>
            <ColorSchemeMenu />
            {me.data ? <PersonMenu me={me.data} /> : null}
          </Group>
          {me.data ? <LaboratoryNavigation me={me.data} /> : null}
        </div>
      </header>
      <main id="main" tabIndex={-1} className={classes.main}>
        <Content me={me} />
      </main>
      <footer className={classes.footer}>
        <Text size="sm" c="dimmed">
          Varloom annotates genome variants. Programs use the same service over its{' '}
          <Anchor href="/openapi.json" underline="always" inherit>
            API
          </Anchor>
          .
        </Text>
      </footer>
    </div>
  );
}

function Navigation() {
  const underWay = useUploads().filter(isUnderWay).length;
  return (
    <nav aria-label="Pages" className={classes.navigation}>
      {PAGES.map((page) => (
        <Link key={page.to} to={page.to} className={classes.page} activeProps={{ className: classes.current }}>
          {page.label}
          {page.to === '/annotate' && underWay > 0 ? (
            <span className={classes.count} aria-label={`${underWay} uploads under way`}>
              {underWay}
            </span>
          ) : null}
        </Link>
      ))}
    </nav>
  );
}

/** A row of its own: who works in a laboratory has twice as many pages. */
function LaboratoryNavigation({ me }: { me: Me }) {
  const organization = useOrganization().data?.kind;
  const isDelegate = (useReviewer()?.inStead.length ?? 0) > 0;
  const pages = organization === undefined ? [] : laboratoryPagesOf({ role: me.role, organization, isDelegate });
  if (pages.length === 0) return null;
  return (
    <nav aria-label="Laboratory" className={`${classes.navigation} ${classes.laboratory}`}>
      {pages.map((page) => (
        <Link key={page.to} to={page.to} className={classes.page} activeProps={{ className: classes.current }}>
          {page.label}
        </Link>
      ))}
    </nav>
  );
}

function PersonMenu({ me }: { me: Me }) {
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: ({ sign_out_url }) => window.location.assign(sign_out_url ?? '/'),
  });
  return (
    <Menu position="bottom-end" width={240} shadow="md" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          className={classes.person}
          classNames={{ label: classes.name ?? '' }}
          title={me.email}
        >
          {me.name ?? me.email}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.email}</Menu.Label>
        <Menu.Item component={Link} to="/account">
          Account
        </Menu.Item>
        <Menu.Item component={Link} to="/billing">
          Plan & billing
        </Menu.Item>
        <Menu.Item onClick={() => leave.mutate()} closeMenuOnClick={false} disabled={leave.isPending}>
          {leave.isError ? 'Signing out failed: try again' : 'Sign out'}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Content({ me }: { me: ReturnType<typeof useMe> }) {
  const location = useLocation();
  const route = useMatches({ select: (matches) => matches.at(-1)?.routeId });
  if (me.isPending) return <Loader role="status" aria-label="Loading" />;
  if (me.isError && route !== '/$') {
    return (
      <>
        <PageTitle title="Not available now" />
        <ProblemAlert error={me.error} onRetry={() => void me.refetch()} />
      </>
    );
  }
  // These are for those who are signed out; they hold the same way in.
  const isForAnyone = route === '/' || route === '/sign-in-failed' || route === '/$';
  if (me.data === null && !isForAnyone) return <SignInPanel returnTo={location.href} />;
  return <Outlet />;
}

function SignInPanel({ returnTo }: { returnTo: string }) {
  return (
    <>
      <PageTitle title="Sign in" lead="You are signed out. After signing in you come back to this page." />
      <Button component="a" href={signInUrl(returnTo)}>
        Sign in
      </Button>
    </>
  );
}
