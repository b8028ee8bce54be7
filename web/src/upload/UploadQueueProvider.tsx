// Hands the upload queue to the pages, and asks before the browser leaves while a file is under way.

import { createContext, useContext, useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { isUnderWay, type UploadItem, type UploadQueue } from './queue.ts';

const QueueContext = createContext<UploadQueue | null>(null);

export function UploadQueueProvider({ queue, children }: { queue: UploadQueue; children: ReactNode }) {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (queue.getSnapshot().some(isUnderWay)) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [queue]);
  return <QueueContext value={queue}>{children}</QueueContext>;
}

export function useUploadQueue(): UploadQueue {
  const queue = useContext(QueueContext);
  if (queue === null) throw new Error('useUploadQueue is used outside UploadQueueProvider');
  return queue;
}

export function useUploads(): readonly UploadItem[] {
  const queue = useUploadQueue();
  return useSyncExternalStore(queue.subscribe, queue.getSnapshot);
}
