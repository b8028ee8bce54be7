// What the demo laboratory has under review, and how far each delivery has come: one in every state that lasts.

import type { z } from 'zod';
import type { decide } from '../../domain/http-review.ts';
import type { DeliveryState } from '../../domain/review.ts';

export type DemoDecision = Omit<z.input<typeof decide>, 'result_checksum'>;

export interface DemoSample {
  barcode: string;
  /** In this order; what was decided already is not decided again. */
  decisions: readonly DemoDecision[];
}

export interface DemoDelivery {
  partner: 'clinic' | 'institute';
  samples: readonly DemoSample[];
  /** Where it is left. */
  goal: DeliveryState;
  /** What it shows, for the line that says it was made. */
  shows: string;
}

const accept = (level: DemoDecision['level']): DemoDecision => ({ level, decision: 'accept' });

const byAll = [accept('technical'), accept('licensed'), accept('director')];

const returned: DemoDecision = {
  level: 'licensed',
  decision: 'reject',
  // As the pages sign it: who rejects approves of nothing.
  meaning: 'reviewed',
  reason_code: 'low_quality',
  comment: 'Look at the coverage of chrD2 again, please.',
  then: 'return',
};

const annotateAgain: DemoDecision = {
  level: 'technical',
  decision: 'reject',
  meaning: 'reviewed',
  reason_code: 'wrong_settings',
  comment: 'The sites are not phased.',
  then: 'reannotate',
  reannotate: { consequence_mode: 'local' },
};

const withdraw: DemoDecision = {
  level: 'technical',
  decision: 'reject',
  meaning: 'reviewed',
  reason_code: 'identity_mismatch',
  then: 'withdraw',
};

export const DEMO_DELIVERIES: readonly DemoDelivery[] = [
  {
    partner: 'clinic',
    samples: [
      { barcode: 'DEMO-01', decisions: [] },
      { barcode: 'DEMO-02', decisions: [] },
    ],
    goal: 'in_review',
    shows: 'two samples wait for the technical reviewer',
  },
  {
    partner: 'clinic',
    samples: [
      { barcode: 'DEMO-03', decisions: [accept('technical')] },
      { barcode: 'DEMO-04', decisions: [accept('technical'), returned] },
    ],
    goal: 'in_review',
    shows: 'one sample waits for licensed personnel, one was returned to the technical reviewer',
  },
  {
    partner: 'clinic',
    samples: [
      { barcode: 'DEMO-05', decisions: [accept('technical'), accept('licensed')] },
      { barcode: 'DEMO-06', decisions: [annotateAgain, accept('technical'), accept('licensed')] },
    ],
    goal: 'in_review',
    shows: 'both samples wait for the lab director, one after it was annotated again',
  },
  {
    partner: 'institute',
    samples: [
      { barcode: 'DEMO-07', decisions: byAll },
      { barcode: 'DEMO-08', decisions: [withdraw] },
    ],
    goal: 'ready',
    shows: 'waits for the director to release it; one of its samples was withdrawn',
  },
  {
    partner: 'institute',
    samples: [{ barcode: 'DEMO-09', decisions: byAll }],
    goal: 'releasing',
    shows: 'the partner’s program is out of order, and is asked again for three days',
  },
  {
    partner: 'clinic',
    samples: [{ barcode: 'DEMO-10', decisions: byAll }],
    goal: 'released',
    shows: 'the partner has been told',
  },
  {
    partner: 'clinic',
    samples: [{ barcode: 'DEMO-11', decisions: byAll }],
    goal: 'acknowledged',
    shows: 'the partner has confirmed that it arrived',
  },
  {
    partner: 'clinic',
    samples: [{ barcode: 'DEMO-12', decisions: [accept('technical')] }],
    goal: 'recalled',
    shows: 'the director has taken it back',
  },
  {
    partner: 'clinic',
    samples: [{ barcode: 'DEMO-13', decisions: [withdraw] }],
    goal: 'closed',
    shows: 'its only sample was withdrawn',
  },
];

/** Nobody's: made of the barcode, so that it is plain that there is no such person. */
export function demoPatient(barcode: string) {
  const number = Number(barcode.replace(/\D/g, ''));
  return {
    name: `Synthetic patient ${number}`,
    birth_date: `19${70 + number}-01-${String(number).padStart(2, '0')}`,
    medical_record_number: `SYNTHETIC-${String(number).padStart(4, '0')}`,
    notes: 'Made up by npm run seed. There is no such person.',
  };
}
