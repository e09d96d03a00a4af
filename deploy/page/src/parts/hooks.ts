import { createContext } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";

import { Client, DocumentError } from "../api/client.ts";
import type { Moment, Network } from "../api/documents.ts";

/** What every view works with: the client, and the network's document once it is there, or why it is not. */
export interface World { readonly client: Client; readonly network: Network | null; readonly trouble: DocumentError | null }

export const WorldContext = createContext<World | null>(null);

export function useWorld(): World {
  return useContext(WorldContext) as World;
}

export type Loaded<Document> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly document: Document }
  | { readonly state: "failed"; readonly error: DocumentError };

type Query = Readonly<Record<string, string | readonly string[]>>;

const RETRY_SECONDS = 3;

/** Load a document and again every some seconds; what was loaded stays shown while it is asked for again. */
export function useDocument<Document>(path: string | null, query: Query = {}, seconds = 0): Loaded<Document> {
  const { client } = useWorld();
  const [loaded, setLoaded] = useState<Loaded<Document>>({ state: "loading" });
  const asked = JSON.stringify(query);
  useEffect(() => {
    if (path === null) return;
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (after: number): void => {
      if (isCurrent && after > 0) timer = setTimeout(() => void load(), after * 1000);
    };
    const load = async (): Promise<void> => {
      try {
        const document = await client.load<Document>(path, JSON.parse(asked) as Query);
        if (isCurrent) setLoaded({ state: "ready", document });
        again(seconds);
      } catch (error) {
        const failed = error instanceof DocumentError ? error : new DocumentError(String(error), "refused");
        if (isCurrent) setLoaded((before) => (before.state === "ready" && failed.kind === "unreachable" ? before : { state: "failed", error: failed }));
        again(failed.kind === "unreachable" ? RETRY_SECONDS : seconds);
      }
    };
    setLoaded({ state: "loading" });
    void load();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [path, asked, client, seconds]);
  return loaded;
}

/** Return the seconds since 1970, anew each second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / 1000));
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / 1000)), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Return the chain's time in seconds since 1970, anew each second: its newest block's, and what passed since that was told. */
export function useChainNow(asOf: Moment | null): number {
  const now = useNow();
  const told = useMemo(() => Math.floor(Date.now() / 1000), [asOf?.block, asOf?.timestamp]);
  return asOf === null ? now : asOf.timestamp + Math.max(0, now - told);
}

/** Return what stands behind the `#` of the address, anew when it changes. */
export function useFragment(): string {
  const [fragment, setFragment] = useState(() => location.hash);
  useEffect(() => {
    const hear = (): void => setFragment(location.hash);
    addEventListener("hashchange", hear);
    return () => removeEventListener("hashchange", hear);
  }, []);
  return fragment;
}

/** Load something else than a document, again when `key` changes. */
export function useLoaded<Value>(load: () => Promise<Value>, key: string): Loaded<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value>>({ state: "loading" });
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (document) => isCurrent && setLoaded({ state: "ready", document }),
      (error: unknown) => isCurrent && setLoaded({ state: "failed", error: error instanceof DocumentError ? error : new DocumentError((error as Error).message, "refused") }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return loaded;
}
