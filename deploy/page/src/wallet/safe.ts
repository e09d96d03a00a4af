import type { Hex } from "../../verify/bytes.ts";

/** Return a call as the file that Safe's Transaction Builder imports; `now` in milliseconds since 1970. */
export function safeFile(chainId: bigint, to: Hex, data: Hex, what: string, now: number): string {
  return JSON.stringify(
    {
      version: "1.0",
      chainId: chainId.toString(),
      createdAt: now,
      meta: { name: what, description: what, txBuilderVersion: "1.16.5" },
      transactions: [{ to, value: "0", data, contractMethod: null, contractInputsValues: null }],
    },
    null,
    2,
  );
}
