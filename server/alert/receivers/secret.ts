import { open } from 'node:fs/promises';

/** More than any secret, or certificate, has. */
const MAX_FILE_BYTES = 256 * 1024;

/** A secret as the configuration has it: the text itself, or a file that is read anew each time, so that it can be renewed. */
export type Secret = () => Promise<string>;

/** Exactly one of the two is given: that is checked when the configuration is read. */
export function secretOf(text: string | undefined, path: string | undefined): Secret {
  return () => (path === undefined ? Promise.resolve(text ?? '') : readSecretFile(path));
}

/** The same, where it may be left out. */
export function optionalSecretOf(
  text: string | undefined,
  path: string | undefined,
): () => Promise<string | null> {
  return text === undefined && path === undefined ? () => Promise.resolve(null) : secretOf(text, path);
}

/** A URL from a file is looked at here, where its value can be left out of the error. */
export function secretUrlOf(url: string | undefined, path: string | undefined): Secret {
  const read = secretOf(url, path);
  return async () => {
    const text = await read();
    if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) {
      throw new Error(`${path ?? 'url'}: expected an http:// or https:// URL`);
    }
    return text;
  };
}

/** Its text, without blanks around it. Errors name the path and the reason, never what is in it. */
async function readSecretFile(path: string): Promise<string> {
  const text = (await readSmallFile(path)).trim();
  if (text === '') throw new Error(`${path}: expected a secret, found nothing`);
  return text;
}

export async function readSmallFile(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(MAX_FILE_BYTES + 1),
        0,
        MAX_FILE_BYTES + 1,
        0,
      );
      if (bytesRead <= MAX_FILE_BYTES) return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (err) {
    throw new Error(`cannot read ${path}: ${(err as NodeJS.ErrnoException).code ?? String(err)}`, {
      cause: err,
    });
  }
  throw new Error(`${path}: expected at most ${MAX_FILE_BYTES} bytes`);
}
