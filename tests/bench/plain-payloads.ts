// Loaded into a process of ours by `node --import`: what it writes into workflow histories is then not encrypted, nor compressed,
// so that the cost of both can be measured. The product itself has no such switch.

import { registerHooks } from 'node:module';

const codec = new URL('../../temporal/payload-codec.ts', import.meta.url).href;
const encrypting = JSON.stringify(`${codec}?encrypting`);

registerHooks({
  load(url, context, nextLoad) {
    if (url !== codec) return nextLoad(url, context);
    // What others encrypted stays readable: histories of both kinds lie in one namespace.
    const source = `
      import { createPayloadCodec as createEncryptingCodec } from ${encrypting};
      export * from ${encrypting};
      export const createPayloadCodec = (keys) => ({
        ...createEncryptingCodec(keys),
        encode: async (payloads) => payloads,
      });`;
    return { format: 'module', source, shortCircuit: true };
  },
});
