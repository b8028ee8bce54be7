// The programs of partners, where webhooks arrive: one address each on the port that a local stack leaves them.

import { randomUUID } from 'node:crypto';
import type { RunningStack } from '../program.ts';
import { settingsOf } from '../installation.ts';
import { answering, startReceiver, type Received } from '../receiver.ts';

export interface PartnerProgram {
  /** Where its webhooks go. */
  url: string;
  /** What it answers from now on; 204 at first. */
  answer: number;
  /** What has come, the first first. */
  received: () => Received[];
  /** @throws when this secret has not signed it */
  verify: (received: Received | undefined, secret: string) => unknown;
}

export interface PartnerPrograms {
  another: () => PartnerProgram;
  stop: () => Promise<void>;
}

export async function startPartnerPrograms({ home }: RunningStack): Promise<PartnerPrograms> {
  const allowed = settingsOf(home)['WEBHOOK_ALLOWED_PRIVATE']?.split(',')[0] ?? '';
  const { hostname, port } = new URL(`http://${allowed}`);
  if (hostname !== '127.0.0.1') throw new Error(`no webhook may be received on loopback, but on ${allowed}`);
  const receiver = await startReceiver({ port: Number(port) });
  const programs = new Map<string, PartnerProgram>();
  receiver.behave = (incoming, answer, received) =>
    answering(programs.get(received.path)?.answer ?? 404)(incoming, answer, received);
  return {
    another() {
      const path = `/${randomUUID()}`;
      const program: PartnerProgram = {
        url: new URL(path, receiver.url).href,
        answer: 204,
        received: () => receiver.received.filter((one) => one.path === path),
        verify: receiver.verify,
      };
      programs.set(path, program);
      return program;
    },
    stop: () => receiver.stop(),
  };
}
