// The nonce that lets this document's own `<style>` elements pass the content security policy. The gateway writes it into
// the document it serves; a document that nobody wrote it into still has the placeholder, and then there is none.

const PLACEHOLDER = '__CSP_NONCE__';

declare global {
  // The free variable that react-style-singleton, which Mantine's dialogs lock the page's scrolling with, reads.
  var __webpack_nonce__: string | undefined;
}

/** Undefined when the document was served without one. */
export function readStyleNonce(): string | undefined {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  return nonce === undefined || nonce === '' || nonce === PLACEHOLDER ? undefined : nonce;
}

/** For the libraries that make `<style>` elements on their own; call it before anything is rendered. */
export function lendStyleNonce(nonce: string | undefined): void {
  if (nonce !== undefined) globalThis.__webpack_nonce__ = nonce;
}
