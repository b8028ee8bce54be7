// Loaded into a process of ours by `node --import`. As `payload-hook.ts?plain` it keeps the process from encrypting, and from
// compressing, what it writes into workflow histories, so that the cost of both can be measured: the product itself has no
// such switch. Without `?plain` it changes nothing, so that both sides of the comparison are loaded in the same way.

import { registerHooks } from 'node:module';

const isPlain = new URL(import.meta.url).search === '?plain';
const codec = new URL('../../temporal/payload-codec.ts', import.meta.url).href;
const encrypting = JSON.stringify(`${codec}?encrypting`);

registerHooks({
  load(url, context, nextLoad) {
    if (url !== codec) return nextLoad(url, context);
    // What was written in plain must be taken for what it says.
    const source = `
      import { createPayloadCodec as createEncryptingCodec } from ${encrypting};
      export * from ${encrypting};
      const plain = (codec) => ({
        encode: async (payloads) => payloads,
        decode: async (payloads) => (await codec.read(payloads)).map(({ payload }) => payload),
      });
      export const createPayloadCodec = (...given) => {
        const codec = createEncryptingCodec(...given);
        return ${isPlain} ? { ...codec, ...plain(codec) } : codec;
      };`;
    return { format: 'module', source, shortCircuit: true };
  },
});
