// The job's log: to read, copy and save. The page has the whole text already, so nothing is fetched.

import { Button, Group } from '@mantine/core';
import { CopyText } from '../text/CopyText.tsx';
import classes from './JobPage.module.css';

export function JobLog({ fileName, log }: { fileName: string; log: string }) {
  return (
    <>
      <Group gap="xs" mb="xs">
        <CopyText text={log} label="Copy the log" />
        <Button variant="default" size="xs" onClick={() => saveText(log, `${baseName(fileName)}.log`)}>
          Download the log
        </Button>
      </Group>
      {/* A region that scrolls needs the focus, or the keyboard cannot scroll it. */}
      <pre className={classes.log} tabIndex={0} role="region" aria-label="Log of the annotation">
        {log}
      </pre>
    </>
  );
}

/** `reads/patient 1.vcf.gz` → `patient 1`: what a browser can take as the name of a file. */
export function baseName(fileName: string): string {
  const last = fileName.split(/[\\/]/).at(-1) ?? '';
  const bare = last.replace(/\.vcf(\.b?gz)?$/i, '').slice(0, 100);
  return bare === '' ? 'annotation' : bare;
}

function saveText(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
