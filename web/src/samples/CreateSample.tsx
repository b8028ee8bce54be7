// The dialog that makes a sample of a completed annotation, with the patient it is of.

import { Button, Fieldset, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import type { PatientField, PatientFields } from '../../../domain/patients.ts';
import { createSampleOf } from '../laboratory/api.ts';
import { laboratoryKeys } from '../laboratory/queries.ts';
import { ProblemAlert } from '../layout/ProblemAlert.tsx';
import { PATIENT_LABELS } from './patient.ts';

interface Props {
  isOpen: boolean;
  onClose: () => void;
  /** Null while none is chosen. */
  jobId: string | null;
  /** Which annotation it is of, or the choice of one. */
  children: ReactNode;
  onMade: (sample: { sampleId: string; barcode: string }) => void;
}

const ONE_LINE = ['name', 'birth_date', 'sex', 'medical_record_number', 'contact'] as const satisfies PatientField[];

export function CreateSample({ isOpen, onClose, jobId, children, onMade }: Props) {
  const [barcode, setBarcode] = useState('');
  const [patient, setPatient] = useState<Partial<Record<PatientField, string>>>({});
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: (request: { jobId: string; barcode: string }) => {
      const fields = filledIn(patient);
      return createSampleOf({
        barcode: request.barcode,
        job_id: request.jobId,
        ...(fields === undefined ? {} : { patient: fields }),
      });
    },
    onSuccess: ({ sample_id }, request) => {
      void client.invalidateQueries({ queryKey: laboratoryKeys.samples });
      onMade({ sampleId: sample_id, barcode: request.barcode });
      // What was typed is of a patient, and has no business here any longer.
      setBarcode('');
      setPatient({});
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (jobId !== null && barcode.trim() !== '') create.mutate({ jobId, barcode: barcode.trim() });
  };
  const change = (field: PatientField) => (event: { currentTarget: { value: string } }) =>
    setPatient({ ...patient, [field]: event.currentTarget.value });
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={create.reset}
      title="Make a sample"
      closeButtonProps={{ 'aria-label': 'Close' }}
      // A click beside the dialog must not lose what was typed.
      closeOnClickOutside={false}
    >
      <form onSubmit={submit} aria-label="Make a sample" autoComplete="off">
        <Stack gap="sm">
          {children}
          <TextInput
            label="Barcode"
            description="Unique in the laboratory. Partners see it in the manifest."
            required
            maxLength={200}
            value={barcode}
            onChange={(event) => setBarcode(event.currentTarget.value)}
            data-autofocus
          />
          <Fieldset legend="Patient (optional)">
            <Text size="sm" c="dimmed" mb="xs">
              Encrypted at once, field by field. Only reviewers and administrators can read it, and each reading is
              written into the audit log. Partners never get it.
            </Text>
            <Stack gap="xs">
              {ONE_LINE.map((field) => (
                <TextInput
                  key={field}
                  label={PATIENT_LABELS[field]}
                  maxLength={field === 'contact' ? 1000 : 200}
                  value={patient[field] ?? ''}
                  onChange={change(field)}
                />
              ))}
              <Textarea
                label={PATIENT_LABELS.notes}
                maxLength={10_000}
                autosize
                minRows={2}
                value={patient.notes ?? ''}
                onChange={change('notes')}
              />
            </Stack>
          </Fieldset>
          {create.isError ? <ProblemAlert error={create.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={jobId === null || barcode.trim() === ''}>
              Make the sample
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Empty fields are not sent; undefined when nothing was typed. */
function filledIn(typed: Partial<Record<PatientField, string>>): PatientFields | undefined {
  const entries = Object.entries(typed)
    .map(([field, value]) => [field, value.trim()] as const)
    .filter(([, value]) => value !== '');
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
