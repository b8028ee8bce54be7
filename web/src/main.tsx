// Starts the pages: theme, data client, upload queue and router around the routes.

import '@mantine/core/styles.css';
import './styles.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './queries.ts';
import { createPagesRouter } from './router.tsx';
import { lendStyleNonce, readStyleNonce } from './style-nonce.ts';
import { cssVariables, theme } from './theme.ts';
import { createUploadQueue } from './upload/queue.ts';
import { UploadQueueProvider } from './upload/UploadQueueProvider.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');

const styleNonce = readStyleNonce();
lendStyleNonce(styleNonce);
const client = createQueryClient();
const router = createPagesRouter();
const uploads = createUploadQueue();

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce ?? ''}
    >
      <QueryClientProvider client={client}>
        <UploadQueueProvider queue={uploads}>
          <RouterProvider router={router} />
        </UploadQueueProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
