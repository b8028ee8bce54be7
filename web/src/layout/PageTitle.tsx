// A page's heading: names the document, and takes the focus after a navigation so that a screen reader says where
// one is now.

import { Text, Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';

let isFirstPage = true;

export function PageTitle({ title, lead }: { title: string; lead?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Varloom`;
  }, [title]);
  useEffect(() => {
    // The first page was opened by its address: the browser itself says where one is, and keeps the focus.
    if (isFirstPage) isFirstPage = false;
    else heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <Title
        order={1}
        ref={heading}
        tabIndex={-1}
        {...(title.length > LONG_TITLE ? { size: 'h3', lineClamp: 8 } : { lineClamp: 3 })}
        title={title}
        style={TITLE_STYLE}
      >
        {title}
      </Title>
      {lead === undefined ? null : (
        <Text c="dimmed" mt={4} mb="lg" maw="44rem">
          {lead}
        </Text>
      )}
    </>
  );
}

/** Characters. Names of runs and institutes have their telling part at the end: it is shown smaller rather than cut off. */
const LONG_TITLE = 60;

// A file's name may be a title, without spaces and a thousand characters long.
const TITLE_STYLE = { outline: 'none', overflowWrap: 'anywhere' } as const;
