// /files: the person's uploads; a new job can be started from each.

import { Anchor, Button, Group, Loader, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { InputFile } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import cards from '../layout/CardTable.module.css';
import { PageTitle } from '../layout/PageTitle.tsx';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { useFiles } from '../queries.ts';
import { formatBytes } from '../text/format.ts';
import { StartJob } from './StartJob.tsx';

export function FilesPage() {
  const files = useFiles();
  const rows = files.data?.pages.flatMap((page) => page.files) ?? [];
  const [chosen, setChosen] = useState<InputFile | null>(null);
  return (
    <>
      <PageTitle
        title="Files"
        lead="Your uploads. Start another job from one of them, with a different genome or consequence mode."
      />
      {files.isPending ? <Loader role="status" aria-label="Loading" /> : null}
      {files.isError ? <ProblemAlert error={files.error} onRetry={() => void files.refetch()} /> : null}
      {files.isSuccess && rows.length === 0 ? (
        <Text>
          There are no uploads yet.{' '}
          <Anchor component={Link} to="/annotate" underline="always" inherit>
            Upload a VCF
          </Anchor>
          .
        </Text>
      ) : null}
      {rows.length > 0 ? <FileTable files={rows} onChoose={setChosen} /> : null}
      {files.hasNextPage ? (
        <Group justify="center" mt="md">
          <Button variant="default" loading={files.isFetchingNextPage} onClick={() => void files.fetchNextPage()}>
            Load more
          </Button>
        </Group>
      ) : null}
      <StartJob key={chosen?.input_file ?? ''} file={chosen} onClose={() => setChosen(null)} />
    </>
  );
}

function FileTable({ files, onChoose }: { files: readonly InputFile[]; onChoose: (file: InputFile) => void }) {
  return (
    <table className={cards.table} role="table" aria-label="Uploads">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            File
          </th>
          <th role="columnheader" scope="col" data-number>
            Size
          </th>
          <th role="columnheader" scope="col">
            Uploaded
          </th>
          <th role="columnheader" scope="col">
            Action
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {files.map((file) => (
          <tr key={file.input_file} role="row">
            <td role="cell" data-column="File" data-lead>
              <Text lineClamp={2} inherit>
                {file.file_name}
              </Text>
            </td>
            <td role="cell" data-column="Size" data-number>
              {formatBytes(file.size)}
            </td>
            <td role="cell" data-column="Uploaded">
              <Moment at={file.uploaded_at} />
            </td>
            <td role="cell" data-act>
              <Button
                size="xs"
                variant="default"
                onClick={() => onChoose(file)}
                aria-label={`Start a job from ${file.file_name}`}
              >
                Start a job
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
