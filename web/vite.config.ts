// Builds the pages into build/web: `index.html` for every page route, hashed files under /assets/.
// There is no development server: the gateway serves the build, at the one origin that its session cookie and its
// Origin check know.

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    outDir: '../build/web',
    emptyOutDir: true,
    // The gateway's content security policy allows no data: addresses but for images, so nothing is inlined.
    assetsInlineLimit: 0,
    // Inline scripts are forbidden there too, and the polyfill is one for browsers that React 19 no longer supports.
    modulePreload: { polyfill: false },
    sourcemap: true,
    // React, Mantine and TanStack and all pages together: 217 kB on the wire, fetched once and kept.
    chunkSizeWarningLimit: 800,
  },
});
