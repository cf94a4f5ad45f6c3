// Loaded before a program (`node --import`), it makes netlink fail with EPERM while the file HALFCLOSE_TEST_NETLINK is there,
// which no kernel does on demand; and sets the monotonic clock ahead by the seconds in the file HALFCLOSE_TEST_CLOCK.
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';

const { HALFCLOSE_TEST_NETLINK, HALFCLOSE_TEST_CLOCK } = process.env;

globalThis.netlinkFails = () => existsSync(HALFCLOSE_TEST_NETLINK);

const now = performance.now.bind(performance);
performance.now = () => {
  const ahead = existsSync(HALFCLOSE_TEST_CLOCK) ? Number(readFileSync(HALFCLOSE_TEST_CLOCK, 'utf8')) : 0;
  return now() + ahead * 1000;
};

const koffi = (url) => `
  import koffi from ${JSON.stringify(url)};
  const EPERM = 1;
  let failed = false;
  export default {
    ...koffi,
    errno: () => (failed ? EPERM : koffi.errno()),
    load(...args) {
      const library = koffi.load(...args);
      return {
        func(signature) {
          const call = library.func(signature);
          if (!signature.includes(' recv(')) return call;
          return (...args) => ((failed = netlinkFails()) ? -1 : call(...args));
        },
      };
    },
  };`;

const hooks = `
  const koffi = ${koffi};
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    if (specifier !== 'koffi') return found;
    return { url: 'data:text/javascript,' + encodeURIComponent(koffi(found.url)), shortCircuit: true };
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
