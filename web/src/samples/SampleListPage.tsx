// /samples: the laboratory's samples, newest first, and the making of one.

import { Anchor, Button, Group, Modal, NativeSelect, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobListItem } from '../api.ts';
import { Moment } from '../jobs/Moment.tsx';
import type { SampleListItem } from '../laboratory/api.ts';
import { SampleBadge } from '../laboratory/labels.tsx';
import { OnlyInLaboratory } from '../laboratory/OnlyInLaboratory.tsx';
import { useSamples } from '../laboratory/queries.ts';
import { CardTable, Cell, PagedList, Row } from '../layout/CardTable.tsx';
import { PageTitle } from '../layout/PageTitle.tsx';
import { useJobs } from '../queries.ts';
import { formatMoment } from '../text/format.ts';
import { Checksum } from './Checksum.tsx';
import { CreateSample } from './CreateSample.tsx';
import { PatientData } from './PatientData.tsx';

export function SampleListPage() {
  return (
    <>
      <PageTitle
        title="Samples"
        lead="A sample is a completed annotation with a barcode and a patient. Deliveries are made of samples."
      />
      <OnlyInLaboratory>
        <Samples />
      </OnlyInLaboratory>
    </>
  );
}

function Samples() {
  const list = useSamples();
  const samples = list.data?.pages.flatMap((page) => page.samples) ?? [];
  const [isMaking, setIsMaking] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const [shown, setShown] = useState<SampleListItem | null>(null);
  return (
    <>
      <Group mb="md">
        <Button onClick={() => setIsMaking(true)}>Make a sample</Button>
        <Text size="sm" role="status">
          {made === null ? '' : `Sample ${made} is made.`}
        </Text>
      </Group>
      <PagedList
        list={list}
        isEmpty={samples.length === 0}
        empty={<Text>There are no samples yet. Make one from a completed job.</Text>}
      >
        <CardTable label="Samples" columns={['Barcode', 'State', 'Made', 'Result', 'Actions']}>
          {samples.map((sample) => (
            <SampleRow key={sample.sample_id} sample={sample} onShowPatient={() => setShown(sample)} />
          ))}
        </CardTable>
      </PagedList>
      <MakeFromJob isOpen={isMaking} onClose={() => setIsMaking(false)} onMade={({ barcode }) => setMade(barcode)} />
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={`Patient of ${shown?.barcode ?? ''}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {shown === null ? null : <PatientData sampleId={shown.sample_id} />}
      </Modal>
    </>
  );
}

function SampleRow({ sample, onShowPatient }: { sample: SampleListItem; onShowPatient: () => void }) {
  return (
    <Row>
      <Cell column="Barcode" as="lead">
        {sample.barcode}
      </Cell>
      <Cell column="State">
        {sample.state === undefined ? 'In no open delivery' : <SampleBadge state={sample.state} />}
      </Cell>
      <Cell column="Made">
        <Moment at={sample.created_at} />
      </Cell>
      <Cell column="Result">
        {sample.result_checksum === null ? 'None' : <Checksum value={sample.result_checksum} />}
      </Cell>
      <Cell column="Actions" as="act">
        <Button size="xs" variant="default" onClick={onShowPatient} aria-label={`Patient of ${sample.barcode}`}>
          Patient
        </Button>
      </Cell>
    </Row>
  );
}

interface MakeProps {
  isOpen: boolean;
  onClose: () => void;
  onMade: (sample: { barcode: string }) => void;
}

function MakeFromJob({ isOpen, onClose, onMade }: MakeProps) {
  const jobs = useJobs('COMPLETED');
  const live =
    jobs.data?.pages.flatMap((page) => page.jobs).filter(({ result_state }) => result_state === 'live') ?? [];
  const [chosen, setChosen] = useState('');
  return (
    <CreateSample isOpen={isOpen} onClose={onClose} jobId={chosen === '' ? null : chosen} onMade={onMade}>
      {jobs.isSuccess && live.length === 0 ? (
        <Text size="sm">
          You have no completed job whose result is available. Start one from your{' '}
          <Anchor component={Link} to="/files" underline="always" inherit>
            files
          </Anchor>
          .
        </Text>
      ) : (
        <NativeSelect
          data-autofocus
          label="Annotation"
          description="Your completed jobs. A colleague’s job is made a sample on its own page."
          required
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={[{ value: '', label: 'Choose a job' }, ...live.map(choiceOf)]}
        />
      )}
      {jobs.hasNextPage ? (
        <Button
          variant="default"
          size="xs"
          loading={jobs.isFetchingNextPage}
          onClick={() => void jobs.fetchNextPage()}
          style={{ alignSelf: 'start' }}
        >
          Show older jobs too
        </Button>
      ) : null}
    </CreateSample>
  );
}

const choiceOf = (job: JobListItem) => ({
  value: job.job_id,
  label: `${job.job_details.file_name}, ${job.job_details.genome}, ${formatMoment(job.submitted_at)}`,
});
