// Files by drag and drop or by a button; the button is a real one, so the keyboard needs nothing special.

import { Button, FileButton, Text } from '@mantine/core';
import { useEffect, useState, type DragEvent, type ReactNode } from 'react';
import classes from './DropZone.module.css';

interface Props {
  disabled: boolean;
  /** Told below the button: what may be chosen. */
  hint: ReactNode;
  onFiles: (files: File[]) => void;
}

export function DropZone({ disabled, hint, onFiles }: Props) {
  const [isOver, setIsOver] = useState(false);
  useKeepPageOnStrayDrop();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    if (!disabled) onFiles(droppedFiles(event.dataTransfer));
  };
  return (
    <div
      className={classes.zone}
      data-over={isOver && !disabled ? true : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <Text fw={600} size="lg">
        Drop VCF files here
      </Text>
      <Text c="dimmed" size="sm">
        or
      </Text>
      <FileButton onChange={onFiles} multiple disabled={disabled} inputProps={{ 'aria-label': 'VCF files' }}>
        {(props) => (
          <Button {...props} size="md" disabled={disabled} aria-describedby="drop-hint">
            Choose files
          </Button>
        )}
      </FileButton>
      <Text id="drop-hint" c="dimmed" size="sm" ta="center">
        {hint}
      </Text>
    </div>
  );
}

/** The files of a drop; directories, which cannot be read as a file, are left out. */
function droppedFiles(transfer: DataTransfer): File[] {
  return [...transfer.items].flatMap((item) => {
    if (item.kind !== 'file' || item.webkitGetAsEntry()?.isDirectory) return [];
    const file = item.getAsFile();
    return file === null ? [] : [file];
  });
}

/** A file dropped beside the zone would otherwise replace the page, and every running upload with it. */
function useKeepPageOnStrayDrop(): void {
  useEffect(() => {
    const keep = (event: Event) => event.preventDefault();
    window.addEventListener('dragover', keep);
    window.addEventListener('drop', keep);
    return () => {
      window.removeEventListener('dragover', keep);
      window.removeEventListener('drop', keep);
    };
  }, []);
}
