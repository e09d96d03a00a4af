import { decompress } from "fzstd";
import { type FileMetaData, parquetMetadata, parquetReadObjects, type SchemaElement } from "hyparquet";

import { type Hex, toHex, toInteger } from "./bytes.ts";
import { InputError, printable } from "./errors.ts";
import { LAYOUTS, type Rows, type Stage } from "./stages.ts";

const ADDRESS_WIDTH = 20;

/**
 * Return the rows of a stage's Parquet file, in the file's order; InputError if it is not one.
 *
 * The reader gives DECIMAL as floating point, which loses wei: so decimals are read as the bytes that the file holds.
 */
export async function readTable<S extends Stage>(stage: S, bytes: Uint8Array, where: string): Promise<Rows[S][]> {
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const metadata = asStored(parquetMetadata(file));
    const columns = LAYOUTS[stage].map(([column]) => column);
    const compressors = { ZSTD: (input: Uint8Array, size: number) => decompress(input, new Uint8Array(size)) };
    const records = await parquetReadObjects({ file, metadata, columns, compressors, utf8: false });
    return records.map((record) => readRow(stage, record));
  } catch (error) {
    throw new InputError(`a table cannot be read: expected the Parquet of ${stage}, got ${printable((error as Error).message)} (${where})`);
  }
}

/** Decimals without their logical type are bytes. One with a fraction is refused. */
function asStored(metadata: FileMetaData): FileMetaData {
  for (const element of metadata.schema as Mutable<SchemaElement>[]) {
    if (element.converted_type !== "DECIMAL") continue;
    if (element.type !== "FIXED_LEN_BYTE_ARRAY" || (element.scale ?? 0) !== 0) throw new TypeError(`column ${element.name} is no DECIMAL(38, 0)`);
    delete element.converted_type;
    delete element.logical_type;
  }
  return metadata;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function readRow<S extends Stage>(stage: S, record: Record<string, unknown>): Rows[S] {
  const row: Record<string, Hex | bigint | number> = {};
  for (const [column, width] of LAYOUTS[stage]) {
    const value = record[column];
    if (width === 1) row[column] = smallNumber(value, column);
    else row[column] = width === ADDRESS_WIDTH ? address(value, column) : amount(value, column);
  }
  return row as unknown as Rows[S];
}

function smallNumber(value: unknown, column: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 255) throw new TypeError(`${column} ${String(value)}`);
  return value;
}

function address(value: unknown, column: string): Hex {
  if (!(value instanceof Uint8Array) || value.length !== ADDRESS_WIDTH) throw new TypeError(`${column} is no address`);
  return toHex(value);
}

function amount(value: unknown, column: string): bigint {
  if (!(value instanceof Uint8Array) || value.length === 0) throw new TypeError(`${column} is no DECIMAL(38, 0)`);
  if ((value[0] as number) >= 0x80) throw new TypeError(`${column} is negative`);
  return toInteger(value);
}
