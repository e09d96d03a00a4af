import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { InputError, printable } from "./errors.ts";
import type { Source } from "./source.ts";

const ABSENT = ["ENOENT", "ENOTDIR"];

/** Return a folder on this machine as the source of an epoch. */
export function folderSource(folder: string): Source {
  return {
    name: folder,
    async load(path) {
      try {
        return new Uint8Array(await readFile(join(folder, path)));
      } catch (error) {
        const { code = String(error) } = error as NodeJS.ErrnoException;
        if (ABSENT.includes(code)) return null;
        throw new InputError(`a file cannot be read: expected ${path}, got ${code} (${printable(folder)})`);
      }
    },
  };
}
