// /files: the person's uploads; a new job can be started from each.

import { Anchor, Button, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { InputFile } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import { CardTable, Cell, PagedList, Row } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
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
      <PagedList list={files} isEmpty={rows.length === 0} empty={<NoFiles />}>
        <CardTable label="Uploads" columns={['File', 'Size', 'Uploaded', 'Action']} numbers={['Size']}>
          {rows.map((file) => (
            <FileRow key={file.input_file} file={file} onChoose={() => setChosen(file)} />
          ))}
        </CardTable>
      </PagedList>
      <StartJob key={chosen?.input_file ?? ''} file={chosen} onClose={() => setChosen(null)} />
    </>
  );
}

function NoFiles() {
  return (
    <Text>
      There are no uploads yet.{' '}
      <Anchor component={Link} to="/annotate" underline="always" inherit>
        Upload a VCF
      </Anchor>
      .
    </Text>
  );
}

function FileRow({ file, onChoose }: { file: InputFile; onChoose: () => void }) {
  return (
    <Row>
      <Cell column="File" as="lead">
        <Text lineClamp={2} inherit>
          {file.file_name}
        </Text>
      </Cell>
      <Cell column="Size" as="number">
        {formatBytes(file.size)}
      </Cell>
      <Cell column="Uploaded">
        <Moment at={file.uploaded_at} />
      </Cell>
      <Cell column="Action" as="act">
        <Button size="xs" variant="default" onClick={onChoose} aria-label={`Start a job from ${file.file_name}`}>
          Start a job
        </Button>
      </Cell>
    </Row>
  );
}
