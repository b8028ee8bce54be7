// Mantine's theme, with the shades that its defaults leave below 4.5:1 against the page replaced.

import { createTheme, Modal, type CSSVariablesResolver } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'indigo',
  // Shade 8 carries white text at 5.6:1; the default 6 does not reach 4.5:1.
  primaryShade: { light: 8, dark: 8 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  respectReducedMotion: true,
  focusRing: 'auto',
  // A dialog's header is not the page's: screen readers list one banner.
  components: { Modal: Modal.extend({ defaultProps: { attributes: { header: { role: 'presentation' } } } }) },
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.75rem' }, h2: { fontSize: '1.25rem' } } },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#495057',
    '--mantine-color-placeholder': '#5c636a',
    '--mantine-color-error': '#c92a2a',
    '--varloom-bar': '#4c6ef5',
    '--varloom-track': '#e9ecef',
    '--varloom-panel': '#f8f9fa',
    '--varloom-line': '#ced4da',
    '--varloom-field': '#868e96',
  },
  dark: {
    '--mantine-color-dimmed': '#b8b8b8',
    '--mantine-color-placeholder': '#a0a0a0',
    '--mantine-color-error': '#ff8787',
    '--varloom-bar': '#748ffc',
    '--varloom-track': '#3b3b3b',
    '--varloom-panel': '#2e2e2e',
    '--varloom-line': '#4a4a4a',
    '--varloom-field': '#7f7f7f',
  },
});
