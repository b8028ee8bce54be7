// A patient's data, read only when somebody asks for them, since each reading is written into the audit log. They stay on
// the page until they are hidden, and in no cache.

import { Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { PatientFields } from '../../../domain/patients.ts';
import { isAllowed } from '../../../domain/permissions.ts';
import { Moment } from '../jobs/Moment.tsx';
import { erasePatientOf, readSample, type Sample } from '../laboratory/api.ts';
import { Confirm } from '../layout/Confirm.tsx';
import { DANGEROUS } from '../layout/dangerous.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { Fact, Facts } from '../layout/Section.tsx';
import { useMe } from '../queries.ts';
import { PATIENT_LABELS } from './patient.ts';

export function PatientData({ sampleId }: { sampleId: string }) {
  const role = useMe().data?.role;
  // A mutation, not a query: it has an effect, and its answer must not be kept.
  const read = useMutation({ mutationFn: () => readSample(sampleId), gcTime: 0 });
  if (role === undefined || !isAllowed(role, 'patient.read')) {
    return <Text size="sm">Your role does not read patient data. Reviewers and administrators may.</Text>;
  }
  return (
    <>
      {read.data === undefined ? (
        <Group gap="sm">
          <Button variant="default" loading={read.isPending} onClick={() => read.mutate()}>
            Show patient data
          </Button>
          <Text size="sm" c="dimmed">
            That you read them is written into the audit log.
          </Text>
        </Group>
      ) : (
        <Shown sample={read.data} onHide={read.reset} mayErase={isAllowed(role, 'patient.erase')} />
      )}
      {read.isError ? <ProblemAlert error={read.error} /> : null}
    </>
  );
}

function Shown({ sample, onHide, mayErase }: { sample: Sample; onHide: () => void; mayErase: boolean }) {
  const [isAsking, setIsAsking] = useState(false);
  const erase = useMutation({ mutationFn: () => erasePatientOf(sample.sample_id), onSuccess: onHide });
  const { patient } = sample;
  return (
    <div role="status">
      {sample.patient_erased_at === undefined ? null : (
        <Text size="sm">
          The patient’s data were erased on <Moment at={sample.patient_erased_at} />.
        </Text>
      )}
      {patient === undefined && sample.patient_erased_at === undefined ? (
        <Text size="sm">This sample was made without patient data.</Text>
      ) : null}
      {patient === undefined ? null : (
        <Facts>
          {shownFields(patient).map(({ name, value }) => (
            <Fact key={name} name={name}>
              <span style={{ whiteSpace: 'pre-wrap' }}>{value}</span>
            </Fact>
          ))}
        </Facts>
      )}
      <Group gap="sm" mt="sm">
        <Button variant="default" size="xs" onClick={onHide}>
          Hide
        </Button>
        {mayErase && patient !== undefined ? (
          <Button {...DANGEROUS} size="xs" onClick={() => setIsAsking(true)}>
            Erase the patient’s data
          </Button>
        ) : null}
      </Group>
      <Confirm
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title="Erase this patient’s data?"
        act={{ label: 'Erase for good', isDangerous: true }}
        keepLabel="Keep them"
        mutation={erase}
      >
        <Text size="sm">
          The key of the data is destroyed: nobody can read them again, not even from a backup. The sample, its result
          and the audit log stay.
        </Text>
      </Confirm>
    </div>
  );
}

function shownFields(patient: PatientFields): { name: string; value: string }[] {
  // Their type says that these are the keys.
  const fields = Object.keys(PATIENT_LABELS) as (keyof typeof PATIENT_LABELS)[];
  return fields.flatMap((field) => {
    const value = patient[field];
    return value === undefined ? [] : [{ name: PATIENT_LABELS[field], value }];
  });
}
