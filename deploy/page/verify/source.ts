/** Where the files of one epoch lie: a folder, an export or the API. They have the same paths everywhere. */
export interface Source {
  /** The place, for messages. */
  readonly name: string;
  /** Return a file's bytes, null if it is not there. InputError if the place cannot be read. */
  load(path: string): Promise<Uint8Array | null>;
}
