export type Judgement = { faults: string[] } | { skipped: string };
export function judgeAudit(text: string, argued: Readonly<Record<string, string>>): Judgement;
